"""The local page: what a browser asks of it, and what it answers; nothing that it was sent outlives the request."""

import asyncio
import json
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from irjax.errors import InputError, UsageError
from irjax.server.analyst import Analyst
from irjax.spectra.chart.told import ChartAxes

LARGEST_UPLOAD = 256 * 2**20
"""Bytes of one upload; a zip of ten thousand spectra has less."""
_LARGEST_ROW = 4 * 2**20
_SILENCE, _LONGEST = 20.0, 600.0
"""Seconds that an upload may pause, and take in all."""
_UNSAID_PORT = 80
"""Browsers leave it out."""
_KINDS = {"html": "text/html", "js": "text/javascript", "css": "text/css"}
_SECURE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class RefusalError(Exception):
    """A request that is not answered; its status and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def application(analyst: Analyst, port: int) -> ASGIApp:
    """The page on a port of the loopback interface."""
    routes = [
        Route("/", _static("index.html")),
        *(
            Route(f"/{name}", _static(name))
            for name in ("page.js", "answers.js", "dropped.js", "elements.js", "saving.js", "chart.js", "page.css")
        ),
        Route("/api/about", lambda _: JSONResponse(analyst.about())),
        Route("/api/answers", _answering(_answers, analyst), methods=["POST"]),
        Route("/api/explanation", _answering(_explanation, analyst), methods=["POST"]),
        Route("/api/page", _answering(_page, analyst), methods=["POST"]),
    ]
    return _Guard(Starlette(routes=routes), port)


class _Guard:
    """Answers none but this machine's own page: other Host headers are rebound names, other Origins other pages."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._app = app
        names = ("127.0.0.1", "localhost")
        self._hosts = {f"{name}:{port}" for name in names} | (set(names) if port == _UNSAID_PORT else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._app(scope, receive, send)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope.get("headers", ())}
        origin = headers.get("origin")
        own = headers.get("host") in self._hosts and (origin is None or origin.removeprefix("http://") in self._hosts)
        if scope["type"] != "http" or not own:
            refusal = PlainTextResponse("this page answers its own machine alone", 403)
            return await refusal(scope, receive, _secured(send))
        return await self._app(scope, receive, _secured(send))


def _secured(send: Send) -> Send:
    """Sends what the page sends, with headers that keep a browser from doing more with it than the page asks for."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name.lower().encode(), value.encode()) for name, value in _SECURE.items()]
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return sent


def _static(name: str) -> Callable[[Request], Response]:
    content = files("irjax.server").joinpath("static", name).read_bytes()
    kind = _KINDS[name.rsplit(".", 1)[1]]
    return lambda _: Response(content, media_type=f"{kind}; charset=utf-8")


def _answering(act: Callable[[Request, Analyst], Any], analyst: Analyst) -> Callable[[Request], Any]:
    """A route whose refusals and errors of a person's input are one line of JSON."""

    async def answer(request: Request) -> Response:
        try:
            return await act(request, analyst)
        except RefusalError as refusal:
            return _failed(str(refusal), refusal.status)
        except (InputError, UsageError, ValueError) as error:
            return _failed(str(error), 422)
        except ClientDisconnect:
            return Response(status_code=499)

    return answer


def _failed(why: str, status: int) -> Response:
    return JSONResponse({"error": why}, status)


async def _answers(request: Request, analyst: Analyst) -> Response:
    """The answers to a file, or to each of a zip, a line of JSON each, as they come."""
    asked = request.query_params
    name = asked.get("name", "spectrum")[-300:]  # its end says whether it is a zip
    axes = ChartAxes(_numbers(asked.get("chart_x")), _numbers(asked.get("chart_y")))  # pyright: ignore[reportArgumentType]
    content = await _body(request, LARGEST_UPLOAD)
    told = (asked.get(each) or None for each in ("phase", "technique"))
    rows = analyst.rows(asked.get("y_units") or None, axes, *told)
    count, records = await run_in_threadpool(analyst.answers, name, content, rows)
    first = await run_in_threadpool(next, records, None)  # what is wrong with the whole is a refusal, no half answer

    async def lines() -> AsyncIterator[bytes]:
        with closing(records):  # at once where a client leaves, rather than by whichever thread collects garbage
            if first is not None:
                yield _line(first)
            async for record in iterate_in_threadpool(_lines(records)):
                yield record

    return StreamingResponse(lines(), headers={"X-Files": str(count)}, media_type="application/x-ndjson")


def _lines(records: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for record in records:
        yield _line(record)


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, allow_nan=False).encode() + b"\n"


async def _explanation(request: Request, analyst: Analyst) -> Response:
    """The bands behind an answer, and similar spectra, for a spectrum that the page sends back as it got it."""
    asked = _json(await _body(request, _LARGEST_ROW))
    return JSONResponse(await run_in_threadpool(analyst.explanation, asked))


async def _page(request: Request, analyst: Analyst) -> Response:
    """The same as the HTML page of `irjax explain`."""
    asked = _json(await _body(request, _LARGEST_ROW))
    page = await run_in_threadpool(analyst.page, asked)
    return Response(page, media_type="text/html; charset=utf-8")


def _json(content: bytes) -> Any:
    """What JSON holds. Raises ValueError if it is none, or nested absurdly deeply."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("nested more deeply than a record is") from None


async def _body(request: Request, most: int) -> bytes:
    """What was sent, if it is not too large and keeps coming."""
    if int(request.headers.get("content-length") or 0) > most:
        raise RefusalError(413, f"larger than {most // 2**20} MiB")
    got = bytearray()
    stream = request.stream().__aiter__()
    clock = asyncio.get_running_loop().time
    latest = clock() + _LONGEST  # not asyncio.timeout, whose one cancellation a chunk that comes just then swallows
    try:
        while True:
            got += await asyncio.wait_for(anext(stream), min(_SILENCE, latest - clock()))
            if len(got) > most:
                raise RefusalError(413, f"larger than {most // 2**20} MiB")
    except StopAsyncIteration:
        return bytes(got)
    except TimeoutError:
        raise RefusalError(408, "the upload stood still, or took too long") from None


def _numbers(text: str | None) -> tuple[float, ...] | None:
    """`4000,400` as numbers."""
    if not text:
        return None
    try:
        found = tuple(map(float, text.split(",")))
    except ValueError:
        found = (math.nan,)
    if not all(map(math.isfinite, found)):
        raise UsageError(f"{text}: expected numbers parted by commas, as 4000,400")
    return found
