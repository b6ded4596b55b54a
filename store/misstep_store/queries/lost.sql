-- What senders said they dropped, by reason and service, most first. One record is stored once,
-- however often it was sent, so each tells what was lost since the one before.
SELECT left(json_extract_string(l.attributes, '$."misstep.dropped.reason"'), 200) AS reason,
       left(coalesce(json_extract_string(r.attributes, '$."service.name"'), ''), 200) AS service,
       sum(TRY_CAST(json_extract_string(l.attributes, '$."misstep.dropped.number"') AS UINTEGER))
           AS number
FROM logs l
JOIN resources r ON r.resource_id = l.resource_id
WHERE l.trace_id = '' AND l.event_name = 'misstep.dropped'
GROUP BY reason, service
HAVING reason IS NOT NULL AND number > 0
ORDER BY number DESC, reason, service
LIMIT 100;
