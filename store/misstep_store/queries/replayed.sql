-- … and those whose spans say so, by themselves or by their resource. $low and $high bound their starts.
INSERT INTO replayed
SELECT trace_id, any_value(replay_of)
FROM (
    SELECT s.trace_id,
           coalesce(s.attributes->>'$."misstep.replay_of"', o.attributes->>'$."misstep.replay_of"')
               AS replay_of
    FROM spans s SEMI JOIN touched t ON t.trace_id = s.trace_id
    LEFT JOIN resources o ON o.resource_id = s.resource_id
    WHERE s.start_unix_nano BETWEEN $low AND $high
      AND (s.parent_span_id = '' OR s.operation = 'run')
      AND (contains(s.attributes, '"misstep.replay_of"')
           OR contains(o.attributes, '"misstep.replay_of"'))
)
WHERE replay_of IS NOT NULL AND trace_id NOT IN (SELECT trace_id FROM replayed)
GROUP BY trace_id
