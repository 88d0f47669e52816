"""Where a body begins and ends: repeated, malformed and contradictory lengths, odd and broken chunks."""

from collections.abc import Mapping
from functools import partial

from differential.bodies import MAX_BODY
from differential.case import Dice, chunked
from differential.craft import BAD_BODY, BODY, CRLF, JSON, Make, get, one, post, post_chunks, table, without


def _content_type_twice(dice: Dice) -> bytes:
    others = "application/json ¦ text/plain ¦ ¦ application/json; x=y"
    other = b"content-type: " + dice.among(table(others))
    first, second = dice.shuffled((JSON, other))
    return without(JSON, post(first, second, body=dice.among((BODY, BAD_BODY))))


def _length_twice(dice: Dice, *, alike: bool) -> bytes:
    right = b"Content-Length: %d" % len(BODY)
    other = right if alike else b"Content-Length: %d" % (len(BODY) + dice.among((-1, 1, 10, -len(BODY))))
    return post(*dice.shuffled((right, other)), length=False)


def _malformed_length(dice: Dice) -> bytes:
    size = len(BODY)
    values = f"""
        +{size} ¦ -{size} ¦ {size}, {size} ¦ 0x{size:x} ¦ {size} {size} ¦ {size}.0 ¦ {size}e0 ¦ "{size}" ¦ {size}; ¦ _{size}
        ¦ {size}a ¦ \xb2{size} ¦ {size},
        ¦ {size}\x0b ¦ ¦ abc ¦ -1 ¦ {"9" * 30} ¦ 9223372036854775808
    """
    return post(b"Content-Length: " + dice.among(table(values)), length=False)


def _chunk_variants(dice: Dice) -> bytes:
    size = len(BODY)
    end = b"0\r\n\r\n"
    return dice.among(
        (
            post_chunks(chunked(BODY, [1] * size)),
            post_chunks(b"%X;a=b;c\r\n%b\r\n" % (size, BODY) + end),
            post_chunks(b'%x;a="b;c"\r\n%b\r\n' % (size, BODY) + end),
            post_chunks(b"0000%x\r\n%b\r\n" % (size, BODY) + end),
            post_chunks(chunked(BODY, [5]).removesuffix(CRLF) + b"X-Trailer: 1\r\n\r\n", b"Trailer: X-Trailer"),
            post_chunks(chunked(BODY, [5]).removesuffix(CRLF) + b"Content-Type: text/plain\r\nX-Request-ID: trailer\r\n\r\n"),
            post_chunks(chunked(BODY, [7]).replace(b"0\r\n\r\n", b"000\r\n\r\n")),
            post_chunks(chunked(b"", [])),
            post_chunks(chunked(BAD_BODY, [3, 3])),
            post_chunks(chunked(BODY + b" " * (MAX_BODY - size), [])),
        )
    )


def _chunked_beyond_the_limit(dice: Dice) -> bytes:
    return post_chunks(
        chunked(BODY + b" " * (MAX_BODY - len(BODY) + dice.among((1, 2, 70_000))), [dice.among((10, 65_536, MAX_BODY))])
    )


def _bad_chunk_size(dice: Dice) -> bytes:
    sizes = f"zz ¦ ¦ -5 ¦ +5 ¦ 0x5 ¦ 5 5 ¦ \xff ¦ 5g ¦ 5\0 ¦ 5_0 ¦ -0 ¦ ;a=b ¦ {'f' * 17} ¦ 1{'0' * 16}"
    return post_chunks(dice.among((*table(sizes), b" ")) + CRLF + BODY + CRLF + b"0\r\n\r\n")


def _bad_chunk_end(dice: Dice) -> bytes:
    size = len(BODY)
    return dice.among(
        (
            post_chunks(b"%x\r\n%b0\r\n\r\n" % (size, BODY)),
            post_chunks(b"%x\r\n%b\r\n0\r\n\r\n" % (size - 3, BODY)),
            post_chunks(b"%x\r\n%bxx\r\n0\r\n\r\n" % (size, BODY)),
        )
    )


def _length_and_chunks(dice: Dice) -> bytes:
    lines = dice.shuffled(
        (b"Transfer-Encoding: chunked", b"Content-Length: %d" % dice.among((len(BODY), 0, 3, len(chunked(BODY, [])), 5000)))
    )
    return post(*lines, body=chunked(BODY, []), length=False)


def _other_coding(dice: Dice) -> bytes:
    codings = """
        gzip, chunked ¦ gzip ¦ identity ¦ chunked, gzip ¦ xchunked ¦ chunked, chunked ¦ chunked;q=1 ¦ ¦ \x0bchunked ¦ "chunked"
    """
    return post(b"Transfer-Encoding: " + dice.among(table(codings)), body=chunked(BODY, []), length=False)


def _coding_in_other_words(dice: Dice) -> bytes:
    return post(
        dice.among((b"transfer-encoding: CHUNKED", b"Transfer-Encoding:\tchunked ", b"TRANSFER-ENCODING:chunked")),
        body=chunked(BODY, []),
        length=False,
    )


def _too_large_by_declaration(dice: Dice) -> bytes:
    size = dice.among((MAX_BODY + 1, MAX_BODY + 1, 10**9, 2**31, 2**53))
    lines = (b"Content-Length: %d" % size, JSON, *dice.among(((), (b"Expect: 100-continue",))))
    method, target = dice.among(
        ((b"POST", b"/users"), (b"GET", b"/users"), (b"PUT", b"/nothing"), (b"DELETE", b"/healthz"), (b"PATCH", b"/users/x"))
    )
    return get(target, *lines, method=method)


_short_body = one(
    post(b"Content-Length: %d" % (len(BODY) + 9), length=False),
    post(b"Content-Length: %d" % len(BODY), length=False, body=b""),
)
_short_chunks = one(
    post_chunks(chunked(BODY, [5])[:-7]),
    post_chunks(chunked(BODY, [5]).removesuffix(CRLF)),
    post_chunks(b"5\r\n{"),
    post_chunks(b"5"),
    post_chunks(b""),
)
_chunks_in_lf = one(
    post_chunks(b"%x\n%b\n0\n\n" % (len(BODY), BODY)),
    post_chunks(b"%x\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)),
    post_chunks(b"%x\r\n%b\n0\r\n\r\n" % (len(BODY), BODY)),
)

FRAMING: Mapping[str, Make] = {
    "Content-Type twice": _content_type_twice,
    "Content-Length twice, alike": partial(_length_twice, alike=True),
    "Content-Length twice, unlike": partial(_length_twice, alike=False),
    "Content-Length malformed": _malformed_length,
    "Content-Length beyond the limit": _too_large_by_declaration,
    "Content-Length and chunks": _length_and_chunks,
    "Transfer-Encoding other than chunked": _other_coding,
    "Transfer-Encoding in other words": _coding_in_other_words,
    "chunks, sound but odd": _chunk_variants,
    "chunks beyond the limit": _chunked_beyond_the_limit,
    "chunks with a bad end": _bad_chunk_end,
}
CUT_SHORT: Mapping[str, Make] = {
    "body cut short": _short_body,
    "chunks cut short": _short_chunks,
    "chunks with lines in LF": _chunks_in_lf,
    "chunks with a bad size": _bad_chunk_size,
}
"""What a server may wait to see the rest of, so the connection is closed on the client's side after it."""
