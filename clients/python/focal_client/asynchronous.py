"""The client for asyncio: what is sent and read is `client`'s, httpx sends it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Unpack

import httpx

from .client import (
    CONNECT_S,
    PIECE_BYTES,
    Answer,
    Blurred,
    Call,
    Explaining,
    Explanation,
    File,
    FocalError,
    Options,
    Picture,
    Progress,
    Reblurring,
    Reply,
    Server,
    Watched,
    blurring,
    explaining,
    length_of,
    picturing,
    reblurring,
)


@dataclass(frozen=True, repr=False)
class AsyncFocal(Server):
    """A Focal server: await AsyncFocal("http://127.0.0.1:8000").blur("photo.jpg"). Tasks may share it.

    As Focal, whose methods say what each takes, gives and raises; only ~/.netrc is not looked at.
    """

    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def blur(
        self,
        photo: File,
        *,
        saliency: bool = False,
        depth_image: File | None = None,
        progress: Progress | None = None,
        **options: Unpack[Options],
    ) -> Blurred:
        """Blur the background of `photo`; with its mask and, if you wish, its saliency. See Focal.blur."""
        return await self._ask(lambda: blurring(photo, depth_image, options, saliency=saliency), progress)

    async def picture(
        self,
        photo: File,
        *,
        depth_image: File | None = None,
        progress: Progress | None = None,
        **options: Unpack[Options],
    ) -> Picture:
        """The same without the mask, and so with fewer bytes and less work for the server."""
        return await self._ask(lambda: picturing(photo, depth_image, options), progress)

    async def reblur(
        self,
        photo: File,
        mask: File,
        *,
        depth_image: File | None = None,
        progress: Progress | None = None,
        **options: Unpack[Reblurring],
    ) -> Blurred:
        """Blur by a `mask` of your own, or an edited one. See Focal.reblur."""
        return await self._ask(lambda: reblurring(photo, mask, depth_image, options), progress)

    async def explain(
        self, photo: File, *, progress: Progress | None = None, **options: Unpack[Explaining]
    ) -> list[Explanation]:
        """The five most probable classes of `photo`, most probable first, or those that the options ask for."""
        return await self._ask(lambda: explaining(photo, options), progress)

    async def _ask(self, prepare: Callable[[], Call[Answer]], progress: Progress | None) -> Answer:
        call = await asyncio.to_thread(prepare)  # it reads files, and may encode one
        attempt = 0
        while True:
            try:
                return self.answer(call, await self._post(call, progress))
            except FocalError as error:
                pause_s = self.pause_s(error, attempt)
                if pause_s is None:
                    raise
            await self.sleep(pause_s)
            attempt += 1

    async def _post(self, call: Call[Any], progress: Progress | None) -> Reply:
        headers = {**self.headers_of(call), "Content-Length": str(len(call.body))}
        body = _pieces(Watched(call.body, progress)) if progress else call.body
        timeout = httpx.Timeout(self.timeout_s, connect=CONNECT_S)
        try:
            async with httpx.AsyncClient(timeout=timeout, trust_env=not self.is_loopback) as client:
                url = self.place + call.path
                async with client.stream("POST", url, content=body, headers=headers) as response:
                    total, pieces, done = length_of(response.headers), [], 0
                    async for piece in response.aiter_bytes(PIECE_BYTES):
                        pieces.append(piece)
                        done += len(piece)
                        if progress:
                            progress("receiving", done, total)
                    return Reply(response.status_code, response.headers, b"".join(pieces))
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise self.silent() from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise self.unreachable(str(error) or type(error).__name__) from error
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise self.broke_off(error) from error


async def _pieces(body: Watched) -> AsyncIterator[bytes]:
    while piece := body.read(PIECE_BYTES):
        yield piece
