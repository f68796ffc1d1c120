-- What partners have not been told of that lies in their drop boxes and can be no upload
SELECT party, shown, why FROM hub.odd WHERE NOT told ORDER BY party, shown, name_hash
