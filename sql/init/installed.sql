-- $1 a name, $2 its content, $3 its state
INSERT INTO hub.installed AS i (name, content, state) VALUES ($1, $2, $3)
ON CONFLICT (name) DO UPDATE SET content = excluded.content, state = excluded.state, at = now()
