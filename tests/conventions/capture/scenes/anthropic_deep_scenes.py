"""Anthropic's SDK and its other doors: tokens that are counted, batches, the beta, raw answers, streams
that are left, servers that break, caches in tools and messages, many at once."""

import asyncio

from anthropic_wide_scenes import MODEL, THINKING, TOOLS, WANTED, asking, client, results
from common import attempt
from small_server import serve

BATCH = {
    "id": "msgbatch_1",
    "type": "message_batch",
    "processing_status": "in_progress",
    "request_counts": {"processing": 1, "succeeded": 0, "errored": 0, "canceled": 0, "expired": 0},
    "created_at": "2026-11-20T10:00:00Z",
    "expires_at": "2026-11-21T10:00:00Z",
    "ended_at": None,
    "archived_at": None,
    "cancel_initiated_at": None,
    "results_url": None,
}
ANSWERS = {
    "/count_tokens": {"input_tokens": 2095},
    "/batches": BATCH,
    "/batches/msgbatch_1": BATCH,
    "/models": {"data": [], "has_more": False, "first_id": None, "last_id": None},
}


def counted(speaker):
    made = client(speaker, base_url=serve(ANSWERS))
    said = [{"role": "user", "content": "How long is this?"}]
    attempt(lambda: made.messages.count_tokens(model=MODEL, messages=said, system="Count."))
    attempt(lambda: made.beta.messages.count_tokens(model=MODEL, messages=said))
    failing = [{"role": "user", "content": "please fail"}]
    attempt(lambda: made.messages.count_tokens(model=MODEL, messages=failing))

    async def go():
        many = client(speaker, "AsyncAnthropic", base_url=serve(ANSWERS))
        await many.messages.count_tokens(model=MODEL, messages=said)

    attempt(lambda: asyncio.run(go()))


def batched(speaker):
    made = client(speaker, base_url=serve(ANSWERS))
    asked = {"custom_id": "one", "params": asking("Later?")}

    def send(of):
        of.messages.batches.create(requests=[asked])
        of.messages.batches.retrieve("msgbatch_1")

    attempt(lambda: send(made))
    attempt(lambda: send(made.beta))
    attempt(lambda: made.models.list())


def beta(speaker):
    made = client(speaker).beta.messages
    asked = asking("Beta? plan:[[think I ponder. | say Beta.]]", **THINKING)
    betas = {"betas": ["interleaved-thinking-2025-05-14"]}
    attempt(made.create, **asked, **betas)
    attempt(lambda: list(made.create(**asked, **betas, stream=True)))
    attempt(made.create, **asking(f"Beta tools? plan:[[{WANTED}]]", tools=TOOLS))

    def helped():
        with made.stream(**asking("Beta stream? plan:[[say Streams.]]")) as stream:
            stream.get_final_message()

    attempt(helped)


def raw(speaker):
    made = client(speaker).messages
    attempt(lambda: made.with_raw_response.create(**asking("Raw? plan:[[say Raw.]]")).parse())

    def streaming():
        with made.with_streaming_response.create(**asking("Rawer? plan:[[say Raw.]]")) as answer:
            answer.read()

    attempt(streaming)


def left(speaker):
    made = client(speaker)
    asked = asking("Leave. plan:[[say One two three four five six seven eight.]]")

    def broken_off():
        with made.messages.create(**asked, stream=True) as stream:
            for number, _ in enumerate(stream):
                if number == 4:
                    break

    def helped():
        with made.messages.stream(**asked) as stream:
            for number, _ in enumerate(stream.text_stream):
                if number == 2:
                    break

    def failed():
        with made.messages.stream(**asked) as stream:
            for number, _ in enumerate(stream):
                if number == 3:
                    raise ValueError("the reader fell over")

    async def many():
        async with client(speaker, "AsyncAnthropic").messages.stream(**asked) as stream:
            async for _ in stream.text_stream:
                break

    for one in (broken_off, helped, failed, lambda: asyncio.run(many())):
        attempt(one)


def broken(speaker):
    none = client(speaker, base_url="http://127.0.0.1:9")
    attempt(none.messages.create, **asking("Nobody there?"))
    attempt(lambda: list(none.messages.create(**asking("Nobody streams?"), stream=True)))
    made = client(speaker)
    attempt(made.messages.create, **asking("Falls? plan:[[fail]]"))
    attempt(lambda: list(made.messages.create(**asking("Busy? plan:[[busy]]"), stream=True)))
    late = client(speaker, timeout=0.3)
    attempt(
        lambda: list(late.messages.create(**asking("Late? plan:[[wait 1 | say n]]"), stream=True))
    )
    retried = client(speaker, max_retries=2)
    attempt(retried.messages.create, **asking("Again? plan:[[busy ;; fail ;; say At last.]]"))
    attempt(made.messages.create, model=MODEL, messages=[{"role": "user", "content": "x"}])

    def helped():
        with made.messages.stream(**asking("Helper falls? plan:[[fail]]")) as stream:
            stream.get_final_message()

    attempt(helped)


def cached(speaker):
    """What is kept of tools, of the system and of a turn; documents with their citations."""
    kept = {"cache_control": {"type": "ephemeral"}}
    tools = [*TOOLS[:-1], {**TOOLS[-1], **kept}]
    paper = {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "Oslo lies in Norway."},
        "title": "Oslo",
        "citations": {"enabled": True},
        **kept,
    }
    text = {"type": "text", "text": "Where? odd:cited", **kept}
    said = [{"role": "user", "content": [paper, text]}]
    about = {"model": MODEL, "max_tokens": 200, "messages": said, "tools": tools}
    about["system"] = [{"type": "text", "text": "Cite.", **kept}]
    made = client(speaker).messages
    attempt(made.create, **about, tool_choice={"type": "auto"}, metadata={"user_id": "user-5"})
    attempt(lambda: list(made.create(**about, stream=True)))


def many_at_once(speaker):
    async def one(made, city):
        plan = f"{city}? plan:[[think {city}! | say {city}. | weather(city={city}) & now()]]"
        async with made.messages.stream(**asking(plan, tools=TOOLS)) as stream:
            async for _ in stream:
                await asyncio.sleep(0)

    @speaker.step
    async def all_of_them():
        made = client(speaker, "AsyncAnthropic")
        await asyncio.gather(*(one(made, c) for c in ("Rome", "Bern", "Oslo")))

    asyncio.run(all_of_them())


def prefilled(speaker):
    """A turn begun for the model, a stop sequence, and an old prompt."""
    said = [
        {"role": "user", "content": 'As JSON. plan:[[say "Oslo"}]]'},
        {"role": "assistant", "content": '{"city": '},
    ]
    about = {"stop_sequences": ["}"], "temperature": 0.0, "top_k": 5}
    attempt(client(speaker).messages.create, model=MODEL, max_tokens=20, messages=said, **about)
    old = client(speaker, base_url=serve({"/complete": OLD})).completions
    attempt(
        lambda: old.create(
            model="claude-2.1", max_tokens_to_sample=20, prompt="\n\nHuman: Hi\n\nAssistant:"
        )
    )


OLD = {
    "id": "compl_1",
    "type": "completion",
    "completion": " Hello.",
    "stop_reason": "stop_sequence",
    "model": "claude-2.1",
}


def looped(speaker):
    said = [{"role": "user", "content": f"Go. plan:[[think Well. | {WANTED} ;; say Done.]]"}]
    made = client(speaker).messages
    for _ in range(2):
        told = made.create(model=MODEL, messages=said, tools=TOOLS, **THINKING)
        said.append({"role": "assistant", "content": told.content})  # objects of the SDK
        said.append(results(told.content))


SCENES = (
    counted,
    batched,
    beta,
    raw,
    left,
    broken,
    cached,
    many_at_once,
    prefilled,
    looped,
)
