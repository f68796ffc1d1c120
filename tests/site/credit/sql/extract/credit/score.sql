-- SCORE: sellers' months as CSV.

-- include: month.sql
