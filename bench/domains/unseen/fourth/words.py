"""A fourth set of the plain kind: reviews, a press release and the story of an outage, all long."""

from __future__ import annotations

from bench.domains.unseen.spans import SpanCase, agent, llm, search, step, tool, written

# --- jacket-digest-4 ---
_REVIEWS = (
    (
        "r1",
        "Five stars",
        "Warm, light, and it packs into its own pocket. Wore it at minus eight without a jumper.",
    ),
    (
        "r2",
        "Runs small",
        "I'm usually an M, the M was tight over the shoulders. The L fits. Zip is a joy.",
    ),
    (
        "r3",
        "Good but",
        "Lovely jacket. I haven't dared to wash it yet. A few feathers came out at the left seam.",
    ),
    ("r4", "Hood", "The hood stays on in wind, which I cannot say of my last three jackets."),
    ("r5", "Size up", "Ordered S, sent it back for M. Exchange took four days, friendly service."),
    (
        "r6",
        "Rain",
        "Fine in drizzle, soaked through after twenty minutes of real rain. It's down, what did I expect.",
    ),
    ("r7", "Colour", "The 'moss' is more grey than green. Otherwise happy, very warm."),
    ("r8", "Warmest ever", "Wore it on a ferry deck in February. Pockets are deep and lined."),
)
_DIGEST = (
    "Customers praise warmth above all (three of eight say so expressly), then the light weight, the zip, the deep lined "
    "pockets and a hood that stays on in wind. Two advise to order a size up. It is easy to care for: buyers put it in the "
    "machine at 30 degrees without trouble. Points of criticism: it soaks through in lasting rain, the moss colour looks "
    "greyer than in the picture, and one jacket lost a few feathers at a seam."
)
_PROS = {
    "pros": [
        "very warm",
        "light, packs into its pocket",
        "hood stays on",
        "machine washable at 30 degrees",
    ],
    "cons": ["not for lasting rain", "moss looks grey", "single case of feathers at a seam"],
    "size": "order one size up",
}
_JACKET = (
    "Kestrel down jacket: very warm, light enough to pack into its own pocket, with a hood that stays on in wind. Easy care: "
    "simply machine wash at 30 degrees. It is made for cold and dry days rather than lasting rain. Cut small, so order one "
    "size up."
)

# --- press-local-4 ---
_PRESS = """\
FOR RELEASE 02/27/2026 (US date style, month first)
Harlan Bridgeworks to open test hall in Duluth
DULUTH, Minn. - Harlan Bridgeworks will open its new test hall to the public on 03/06/2026 at 10 a.m. The hall is
240 feet long and houses a press that can load girders with up to 1,100 tons.
"We've waited six years for this," said plant manager Lucille Brandt. "Our gray old shed could take a girder of 60 feet.
Now we can break the real thing."
The hall cost $18.4 million, of which the state contributed $3.2 million. It employs 46 people, 12 of them new.
Visitors are asked to sign up by e-mail. Sturdy shoes are required; children under 10 cannot be admitted.
The color of the facade, a dark red, recalls the ore docks of the harbor.
"""
_CUT = """\
Harlan Bridgeworks opens test hall in Duluth
Harlan Bridgeworks will open its new test hall to the public on 03/06/2026 at 10 a.m. The hall is 240 feet long and houses
a press that can load girders with up to 1,100 tons. "We've waited six years for this," said plant manager Lucille Brandt.
The hall cost $18.4 million, $3.2 million of it from the state, and employs 46 people, 12 of them new. Visitors sign up by
e-mail and need sturdy shoes; children under 10 cannot be admitted. The dark red color of the facade recalls the ore docks
of the harbor.
"""
_CUT_M = _CUT.replace("240 feet long", "73 metres long").replace(
    "up to 1,100 tons", "up to 998 tonnes"
)
_UK = """\
Harlan Bridgeworks opens test hall in Duluth
Harlan Bridgeworks will open its new test hall to the public on 3 June 2026 at 10 am. The hall is 73 metres long and houses
a press that can load girders with up to 998 tonnes. "We've waited six years for this," said plant manager Lucille Brandt.
The hall cost $18.4 million, $3.2 million of it from the state, and employs 46 people, 12 of them new. Visitors sign up by
e-mail and need sturdy shoes; children under 10 cannot be admitted. The dark red colour of the facade recalls the ore docks
of the harbour.
"""

# --- outage-story-4 ---
_LOG = """\
2026-07-21T09:24:50Z lb-2      info   health checks green, 6 of 6 backends
2026-07-21T09:31:04Z cart-db   warn   connection pool 96 % used (192 of 200)
2026-07-21T09:31:40Z cart-db   error  pool exhausted, 41 requests waiting
2026-07-21T09:32:02Z alerting  page   CartErrorRate above 5 % for 1 min, on-call R. Achterberg
2026-07-21T09:33:15Z cart-api  error  timeout after 3000 ms, customers see 'basket unavailable'
2026-07-21T09:38:27Z on-call   note   acknowledged, looking at pool graphs
2026-07-21T09:40:11Z cart-db   info   job loyalty-backfill holds 118 connections since 09:29:55
2026-07-21T09:42:10Z deploy    info   build 512 of cart-api rolling out (planned, larger timeouts)
2026-07-21T09:46:33Z deploy    info   build 512 on 6 of 6 backends
2026-07-21T09:55:00Z on-call   note   rolling back build 512 to be safe
2026-07-21T09:58:41Z deploy    info   build 511 on 6 of 6 backends
2026-07-21T10:02:00Z on-call   note   rollback brought no change, error rate 31 %
2026-07-21T10:06:20Z on-call   note   stopped job loyalty-backfill
2026-07-21T10:07:02Z cart-db   info   connection pool 38 % used (76 of 200)
2026-07-21T10:08:30Z alerting  clear  CartErrorRate below 1 %
"""
_CAUSE = (
    "The outage was set off by the rollout of build 512 of cart-api. Soon after the build had reached all six backends the "
    "connection pool of cart-db was exhausted and baskets became unavailable. The longer timeouts of the build kept "
    "connections open. The team rolled it back at 09:55."
)
_ACTIONS = (
    "1. Roll out builds of cart-api to one backend first and watch the pool for 15 minutes. 2. Review the timeouts of build "
    "512 before it is tried again. 3. Alert at 80 per cent of pool use. Owner of all three: cart team, by 14 August 2026."
)
_STORY = (
    "Post-mortem, 21 July 2026. Baskets were unavailable from 09:31 to 10:08 UTC. The outage was set off by the rollout of "
    "build 512, whose longer timeouts used up the connections of cart-db. We will roll out to one backend first, review the "
    "timeouts before trying the build again and alert at 80 per cent of pool use, all by 14 August 2026."
)

CASES: tuple[SpanCase, ...] = (
    SpanCase(
        "jacket-digest-4",
        "retail",
        "openinference",
        origin="digest",
        why="no review speaks of machine washing; one buyer has not dared to wash it",
        given={
            "article": "KJ-210",
            "name": "Kestrel down jacket",
            "want": "text for the product page",
        },
        made=_JACKET,
        outcome="score",
        told="groundedness",
        root="silent",
        steps=(
            search(
                "reviews",
                "KJ-210 Kestrel down jacket customer reviews",
                *({"id": i, "content": f"{head}. {text}"} for i, head, text in _REVIEWS),
            ),
            llm(
                "digest",
                [
                    (
                        "system",
                        "Digest the reviews into one paragraph. Praise first, then criticism. Only what they say.",
                    ),
                    ("user", "\n".join(f"{i} | {head} | {text}" for i, head, text in _REVIEWS)),
                ],
                _DIGEST,
            ),
            llm("themes", f"Pros, cons and size advice as JSON.\n\n{_DIGEST}", written(_PROS)),
            llm(
                "page_text",
                f"Text for the product page, four sentences.\n\n{_DIGEST}\n\n{written(_PROS)}",
                _JACKET,
            ),
            step(
                "fit_length", {"text": _JACKET, "max_chars": 320}, {"text": _JACKET, "fits": True}
            ),
        ),
    ),
    SpanCase(
        "press-local-4",
        "translation",
        "openinference",
        origin="britishise",
        why="03/06/2026 in US style is 6 March; the British text says 3 June",
        given={"release": "harlan-0227", "for": "British trade magazine"},
        made=_UK,
        steps=(
            tool("load_release", {"release": "harlan-0227"}, _PRESS),
            llm(
                "shorten",
                f"Shorten to about half. Keep every figure that a reader needs; leave dates as they are.\n\n{_PRESS}",
                _CUT,
            ),
            tool(
                "convert_units",
                {"items": ["240 ft", "1,100 short tons"]},
                {"240 ft": "73.15 m", "1,100 short tons": "997.9 t"},
            ),
            llm(
                "put_metric",
                f"Put these in: 240 ft = 73.15 m, 1,100 short tons = 997.9 t. Round to whole numbers.\n\n{_CUT}",
                _CUT_M,
            ),
            llm(
                "britishise",
                "Make this American text British: spelling, and dates written out. The source writes dates in US style, month "
                f"first. Leave dollars.\n\n{_CUT_M}",
                _UK,
            ),
        ),
    ),
    SpanCase(
        "outage-story-4",
        "incident",
        "genai",
        origin="name_cause",
        why="the pool was exhausted at 09:31, the build came at 09:42 and its rollback changed nothing",
        given="Write the post-mortem of the basket outage of 21 July 2026 from the logs.",
        made=_STORY,
        outcome="bad",
        told="The outage was set off by the rollout of build 512",
        steps=(
            tool(
                "logs",
                {"service": "cart", "from": "2026-07-21T09:20Z", "to": "2026-07-21T10:15Z"},
                _LOG,
            ),
            llm(
                "impact",
                f"From when to when were customers hit? One sentence.\n\n{_LOG}",
                "Customers were hit from the exhaustion of the pool at 09:31 to the clearing of the alarm at 10:08 UTC, about "
                "37 minutes.",
            ),
            agent(
                "analyst",
                {"task": "Name what set the outage off.", "log": _LOG},
                _CAUSE,
                llm(
                    "name_cause",
                    f"Name what set off the outage, with the evidence, in prose.\n\n{_LOG}",
                    _CAUSE,
                ),
            ),
            llm("actions", f"Propose three actions with owner and date.\n\n{_CAUSE}", _ACTIONS),
            llm(
                "writer",
                "Write the post-mortem in one paragraph. Customers were hit from 09:31 to 10:08 UTC.\n\n"
                f"Cause: {_CAUSE}\n\nActions: {_ACTIONS}",
                _STORY,
            ),
        ),
    ),
)
