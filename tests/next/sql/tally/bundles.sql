-- How many bundles there are.
SELECT count(*) AS bundles FROM hub.bundle
