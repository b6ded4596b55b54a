-- Runs of the traces in `touched`, summed from columns: what listings, filters and totals need
-- before a convention has read the spans. $low and $high bound the starts of their spans.
INSERT INTO runs
WITH parts AS (
    SELECT s.trace_id,
           arg_min(s.name, s.start_unix_nano) FILTER (s.parent_span_id = '') AS root_name,
           arg_min(s.name, s.start_unix_nano) AS first_name,
           bool_or(s.parent_span_id = '') AS has_root,
           bool_or(s.status_code = 2 AND s.parent_span_id = '') AS root_failed,
           max(s.end_unix_nano - s.start_unix_nano) FILTER (s.parent_span_id = '') AS root_nano,
           list_distinct(list(s.model)) AS models,
           sum(s.input_tokens) AS input_tokens,
           sum(s.output_tokens) AS output_tokens
    FROM spans s SEMI JOIN touched t ON t.trace_id = s.trace_id
    WHERE s.start_unix_nano BETWEEN $low AND $high
    GROUP BY s.trace_id
)
SELECT t.trace_id, coalesce(t.pipeline, p.root_name, p.first_name), t.service, t.pipeline, t.version,
       t.start_unix_nano, t.last_start_unix_nano,
       greatest(0, coalesce(p.root_nano, t.end_unix_nano - t.start_unix_nano)) / 1e6,
       CASE WHEN p.root_failed THEN 'error'
            WHEN p.has_root AND t.open_spans = 0 THEN 'ok' ELSE 'unset' END,
       p.has_root AND t.open_spans = 0,
       t.session_id, t.user_id, [], p.models, t.spans - CAST(p.has_root AS INTEGER),
       p.input_tokens, p.output_tokens, NULL,
       CASE WHEN p.root_failed THEN 'bad' ELSE 'unknown' END,
       t.spans, t.logs, '', $now, t.commit_number, true, o.replay_of
FROM touched t JOIN parts p USING (trace_id) LEFT JOIN replayed o USING (trace_id)
