-- What the bundle took, or what is no longer matched, is not ready any more. Parameter $1 agency
DELETE FROM hub.ready WHERE agency = $1
