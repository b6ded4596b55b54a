"""Spans that no convention claims: what names, kinds and sessions under keys of anybody's say."""

from __future__ import annotations

from misstep_store.conventions.readers import generic
from misstep_store.headers.plans.plan import Plan, Seen
from misstep_store.headers.steps import rows


def unclaimed(seen: Seen) -> Plan | None:
    keys, named = generic.tool_keys(seen.a), generic.kind_key(seen.a)
    told = "tool" if keys else generic.kind_said(seen.a.get(named))
    plan = Plan(seen, generic.NAME, *((told, "hop") if told else ("chain", "span")))
    if keys:
        plan.named(keys[0])
        plan.texts("tool_call_id", keys[1])
    else:
        if named in seen.a:
            plan.add(_of_another_kind(named, told))
        if any(key.endswith(generic.STEP_NAMES) for key in seen.a):
            plan.add(_names_of_steps)
    if generic.is_request(seen.span):
        plan.echoes("http")
        if "http.request.resend_count" in seen.a:
            plan.add(rows.resent("http.request.resend_count"))
    plan.texts("session_id", *generic.SESSIONS, *generic.sessions_of(seen.a))
    plan.texts("user_id", *generic.USERS, *generic.users_of(seen.a))
    plan.failure = generic.failure_of
    return plan


def _names_of_steps(found: rows.Rows) -> None:
    pairs = zip(found.names, found.many, strict=True)
    found.names = [generic.step_named(name, a) for name, a in pairs]


def _of_another_kind(key: str, kind: str | None) -> rows.Step:
    """Steps that are not what the first of them is."""

    def doubt(found: rows.Rows) -> None:
        told = (generic.kind_said(a[key]) for a in found.many)
        found.doubtful.update(n for n, one in enumerate(told) if one != kind)

    return doubt
