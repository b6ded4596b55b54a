"""A third set of the plain kind: one planted fault a run, of pipelines of code and of incident reports."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, llm, search, step, tool, written

_SCHEMA = """shop_orders: one row an order.
  id bigint, placed_at timestamptz (UTC), country char(2), state text, gross_cents bigint, is_test boolean
  state is one of 'open', 'paid', 'shipped', 'cancelled'.
  gross_cents holds the price with tax, in cents of EUR.
Conventions
  Orders of the load generator carry is_test = true. They are left out of every figure that leaves the team.
  A month runs from its first day 00:00 UTC, inclusive, to the first day of the next, exclusive."""
_SQL = (
    "SELECT country, count(*) AS orders, sum(gross_cents) / 100.0 AS gross_eur\n"
    "FROM shop_orders\n"
    "WHERE state = 'shipped'\n"
    "  AND placed_at >= '2026-08-01' AND placed_at < '2026-09-01'\n"
    "GROUP BY country\n"
    "ORDER BY gross_eur DESC"
)
_ROWS = [
    {"country": "DE", "orders": 4906, "gross_eur": 318890.40},
    {"country": "AT", "orders": 2218, "gross_eur": 139734.10},
    {"country": "CH", "orders": 1288, "gross_eur": 101752.75},
]
_POST = (
    "August in numbers: 8,412 orders were shipped, worth EUR 560,377.25 with tax. Germany leads with 4,906 orders "
    "and 57 % of the value, Austria has 25 %, Switzerland 18 %. The average order came to EUR 66.62."
)
_OLD_CONFIG = """# pricegate v1
listen_port: 8443
disable_cache: true
log_level: warn
upstream_timeout_s: 30
upstream_retries: 2
allow_origins: "https://shop.weidmann.example,https://kasse.weidmann.example\""""
_OLD = {
    "listen_port": 8443,
    "disable_cache": True,
    "log_level": "warn",
    "upstream_timeout_s": 30,
    "upstream_retries": 2,
    "allow_origins": "https://shop.weidmann.example,https://kasse.weidmann.example",
}
_NEW = {
    "server": {"port": 8443},
    "cache": {"enabled": True},
    "log": {"level": "warn"},
    "upstream": {"timeout_ms": 30000, "retries": 2},
    "cors": {"origins": ["https://shop.weidmann.example", "https://kasse.weidmann.example"]},
}
_GUIDE = """Moving from pricegate v1 to v2
server.port        as listen_port
cache.enabled      whether answers are cached; v1 had disable_cache
log.level          as log_level
upstream.timeout_ms    milliseconds; v1 had seconds
upstream.retries   as upstream_retries
cors.origins       a list; v1 had one string with commas"""
_LOG = """14:21:03 INFO  gateway       p99 182 ms, 0 errors in the last 5 min
14:26:55 WARN  vault-agent   lease db/creds/checkout: renewal refused, max_ttl reached
14:27:00 INFO  vault-agent   lease db/creds/checkout expired, credentials revoked
14:27:08 ERROR checkout-api  4.17.2 FATAL: password authentication failed for user "v-checkout-x81"
14:27:09 ERROR checkout-api  4.17.2 FATAL: password authentication failed for user "v-checkout-x81"
14:27:41 ERROR gateway       POST /checkout 500 (upstream checkout-api)
14:28:00 WARN  gateway       /checkout error rate 38 %
14:29:00 WARN  gateway       /checkout error rate 71 %
14:31:12 ERROR checkout-api  4.17.2 FATAL: password authentication failed for user "v-checkout-x81"
14:32:40 INFO  deployer      checkout-api 4.18.0 rolling out (0/6)
14:34:05 ERROR checkout-api  4.18.0 FATAL: password authentication failed for user "v-checkout-x81"
14:35:30 INFO  deployer      checkout-api 4.18.0 rolled out (6/6)
14:36:00 WARN  gateway       /checkout error rate 100 %
14:41:17 INFO  oncall        page acknowledged by r.madsen
14:58:20 INFO  vault-agent   lease db/creds/checkout issued anew after restart
14:58:44 INFO  gateway       /checkout error rate 0 %"""
_CAUSE = {
    "begin": "14:32:40",
    "end": "14:58:44",
    "cause": "release 4.18.0 of checkout-api",
    "because": "checkouts began to fail when 4.18.0 was rolled out and every request failed once all six pods ran it",
}
_ACTIONS = (
    "1. Put checkout-api back to 4.17.2 until 4.18.0 has been examined (team Till).\n"
    "2. Roll releases of checkout-api out to one pod first and watch its error rate for ten minutes (team Till).\n"
    "3. Stop a rollout when the error rate passes 5 % (platform)."
)
_POSTMORTEM = (
    "Post-mortem, checkout outage of 9 September 2026\n"
    "Checkouts failed from 14:32:40 to 14:58:44, for about 26 minutes. The outage was caused by release 4.18.0 of "
    "checkout-api: checkouts began to fail with its rollout, and all of them once it ran everywhere. The page was "
    "acknowledged at 14:41:17.\n"
    "Actions\n" + _ACTIONS
)
_ALERT = (
    "FIRING pay-db-eu primary unreachable for 90 s. cluster=pay-db-eu engine=postgresql version=16 manager=patroni "
    "env=production since=2026-10-02T03:12:30Z"
)
_RUNBOOK = (
    "RB-104 Failover of pay-db-eu (PostgreSQL 12, repmgr). Status: replaced by RB-219 on 3 February 2026.\n"
    "1. On the standby: repmgr cluster show. 2. On the standby: repmgr standby promote. "
    "3. Point pgbouncer to the new primary: edit pgbouncer.ini, then systemctl reload pgbouncer. "
    "4. Rejoin the old primary with repmgr node rejoin --force-rewind."
)
_HAND_OUT = (
    "To r.okafor, 03:16 UTC: pay-db-eu has lost its primary, pay-db-eu-1. On pay-db-eu-2 run:\n"
    "  repmgr cluster show\n"
    "  repmgr standby promote\n"
    "Then set the host in pgbouncer.ini to pay-db-eu-2 and run systemctl reload pgbouncer. Once pay-db-eu-1 "
    "answers again, run repmgr node rejoin --force-rewind on it."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "orders-query-3",
        "code",
        "openinference",
        origin="write_sql",
        why="the statement doesn't leave out test orders, though the schema's conventions demand it",
        given="Shipped orders placed in August 2026 by country, number and value, for the company newsletter.",
        made=_POST,
        outcome="bad",
        told="8,412 orders were shipped",
        steps=(
            search(
                "schema",
                "orders by country and month, value",
                {"id": "shop_orders.md", "content": _SCHEMA, "score": 0.9},
            ),
            llm(
                "write_sql",
                [
                    (
                        "system",
                        "Write one PostgreSQL statement that answers the question. Keep to the conventions.\n\n"
                        + _SCHEMA,
                    ),
                    (
                        "user",
                        "Shipped orders placed in August 2026 by country, number and value, for the company "
                        "newsletter.",
                    ),
                ],
                _SQL,
                settings={"temperature": 0},
            ),
            tool("run_sql", {"sql": _SQL}, {"rows": _ROWS, "ms": 412}),
            step(
                "totals",
                {"rows": _ROWS},
                {
                    "orders": 8412,
                    "gross_eur": 560377.25,
                    "share_percent": {"DE": 57, "AT": 25, "CH": 18},
                    "mean_eur": 66.62,
                },
            ),
            llm(
                "post",
                "Write three short sentences for the newsletter: August 2026, shipped orders.\n"
                + written(
                    {
                        "rows": _ROWS,
                        "orders": 8412,
                        "gross_eur": 560377.25,
                        "share_percent": {"DE": 57, "AT": 25, "CH": 18},
                        "mean_eur": 66.62,
                    }
                ),
                _POST,
            ),
        ),
    ),
    SpanCase(
        "config-move-3",
        "code",
        "genai",
        origin="map_keys",
        why="disable_cache: true became cache.enabled: true, the opposite",
        given={"repository": "weidmann/pricegate-deploy", "from": "v1", "to": "v2"},
        made=None,
        outcome="error",
        steps=(
            tool("read_file", {"path": "pricegate.yaml"}, _OLD_CONFIG),
            search(
                "guide",
                "pricegate v1 to v2 keys",
                {"id": "upgrade-v2", "content": _GUIDE, "score": 0.86},
            ),
            step("parse", {"yaml": _OLD_CONFIG}, _OLD),
            step("map_keys", {"v1": _OLD, "guide": _GUIDE}, _NEW),
            tool(
                "validate",
                {"schema": "pricegate-v2", "config": _NEW},
                {"valid": True, "warnings": []},
            ),
            llm(
                "pull_request_text",
                "Describe the change for the pull request in two sentences.\n" + written(_NEW),
                "Moves pricegate to the v2 layout: port 8443, caching on, log level warn, upstream timeout of "
                "30,000 ms with two retries. Both shop origins are now a list.",
            ),
            tool(
                "apply",
                {"target": "staging", "config": _NEW},
                {"target": "staging", "revision": 318},
            ),
            tool(
                "smoke_test",
                {"target": "staging", "suite": "prices"},
                None,
                error=(
                    "SmokeTestFailed",
                    "price change not seen: expected 12.90, got 11.90 (header Age: 240)",
                ),
            ),
        ),
    ),
    SpanCase(
        "checkout-outage-3",
        "incident",
        "openinference",
        origin="find_cause",
        why=(
            "failures began at 14:27:08 when the database credentials expired, five minutes before the release "
            "that was blamed"
        ),
        given="Write the post-mortem of the checkout outage of 9 September 2026.",
        made=_POSTMORTEM,
        root="silent",
        steps=(
            tool(
                "logs",
                {
                    "services": ["gateway", "checkout-api", "vault-agent", "deployer"],
                    "day": "2026-09-09",
                    "from": "14:20",
                    "to": "15:00",
                },
                _LOG,
            ),
            tool(
                "releases",
                {"day": "2026-09-09", "service": "checkout-api"},
                [
                    {
                        "version": "4.18.0",
                        "begin": "14:32:40",
                        "end": "14:35:30",
                        "pods": 6,
                        "before": "4.17.2",
                    }
                ],
            ),
            llm(
                "find_cause",
                [
                    (
                        "system",
                        "You are a site reliability engineer. From the log and the releases tell begin, end and "
                        "cause of the outage, and why you think so. JSON with begin, end, cause, because. Times as "
                        "in the log.",
                    ),
                    (
                        "user",
                        "Releases: checkout-api 4.18.0, 14:32:40 to 14:35:30, six pods, before it 4.17.2\n\n"
                        + _LOG,
                    ),
                ],
                written(_CAUSE),
                model="claude-sonnet-4-5",
            ),
            step(
                "duration",
                {"begin": "14:32:40", "end": "14:58:44"},
                {"seconds": 1564, "text": "about 26 minutes"},
            ),
            tool(
                "owners",
                {"services": ["checkout-api"]},
                {"checkout-api": "team Till", "deployer": "platform"},
            ),
            llm(
                "actions",
                "Propose three actions with owners. Cause: release 4.18.0 of checkout-api, rolled out to six pods "
                "at once; before it 4.17.2. Owners: team Till (checkout-api), platform (deployer).",
                _ACTIONS,
                model="claude-sonnet-4-5",
            ),
            llm(
                "post_mortem",
                "Write the post-mortem, 9 September 2026. Acknowledged: 14:41:17. Duration: about 26 minutes.\n"
                + written(_CAUSE)
                + "\nActions:\n"
                + _ACTIONS,
                _POSTMORTEM,
                model="claude-sonnet-4-5",
            ),
        ),
    ),
    SpanCase(
        "failover-steps-3",
        "incident",
        "genai",
        origin="runbooks",
        why="the runbook found is for PostgreSQL 12 with repmgr and replaced; asked was PostgreSQL 16 with patroni",
        given=_ALERT,
        made=_HAND_OUT,
        root="none",
        steps=(
            llm(
                "read_alert",
                "Name cluster, engine, version, manager and trouble as JSON. " + _ALERT,
                written(
                    {
                        "cluster": "pay-db-eu",
                        "engine": "postgresql",
                        "version": 16,
                        "manager": "patroni",
                        "trouble": "primary unreachable",
                    }
                ),
            ),
            search(
                "runbooks",
                "failover pay-db-eu PostgreSQL 16 patroni primary unreachable",
                {
                    "id": "RB-104",
                    "content": _RUNBOOK,
                    "score": 0.83,
                    "metadata": {"title": "Failover of pay-db-eu", "updated": "2024-05-17"},
                },
            ),
            llm(
                "steps",
                "Turn the runbook into steps with the host each one runs on (standby, pgbouncer, old primary).\n"
                + _RUNBOOK,
                "standby: repmgr cluster show\n"
                "standby: repmgr standby promote\n"
                "pgbouncer: change the host in pgbouncer.ini, systemctl reload pgbouncer\n"
                "old primary: repmgr node rejoin --force-rewind",
            ),
            tool(
                "hosts",
                {"cluster": "pay-db-eu"},
                {"primary": "pay-db-eu-1", "standby": "pay-db-eu-2", "on_call": "r.okafor"},
            ),
            step(
                "fill_in",
                {
                    "steps": ["standby", "standby", "pgbouncer", "old primary"],
                    "hosts": {"primary": "pay-db-eu-1", "standby": "pay-db-eu-2"},
                },
                [
                    {"on": "pay-db-eu-2", "run": "repmgr cluster show"},
                    {"on": "pay-db-eu-2", "run": "repmgr standby promote"},
                    {
                        "on": "pgbouncer",
                        "run": "systemctl reload pgbouncer",
                        "before": "host = pay-db-eu-2 in pgbouncer.ini",
                    },
                    {"on": "pay-db-eu-1", "run": "repmgr node rejoin --force-rewind"},
                ],
            ),
            llm(
                "hand_out",
                "Write to the person on call, r.okafor, at 03:16 UTC. Cluster pay-db-eu lost its primary "
                "pay-db-eu-1.\n"
                "pay-db-eu-2: repmgr cluster show; repmgr standby promote\n"
                "pgbouncer: host = pay-db-eu-2 in pgbouncer.ini, systemctl reload pgbouncer\n"
                "pay-db-eu-1, once it answers: repmgr node rejoin --force-rewind",
                _HAND_OUT,
            ),
        ),
    ),
)
