"""Both parsers against one corpus, whole and in pieces: they must agree, for either may be the one in use."""

import pytest

from paceline.prove.load import httptools, responses

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
PARSERS = [responses.PlainParser, httptools.HttptoolsParser]
STEPS = [1, 2, 7, 100_000]

# name: (bytes, status, connection stays usable)
COMPLETE = {
    "length": (OK + b"Content-Length: 2\r\n\r\nhi", 200, True),
    "length with blanks and other case": (OK + b"CONTENT-length:   2  \r\n\r\nhi", 200, True),
    "length zero": (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, True),
    "no reason phrase": (b"HTTP/1.1 500\r\nContent-Length: 2\r\n\r\nhi", 500, True),
    "empty lines before": (b"\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", 200, True),
    "large body": (OK + b"Content-Length: 90000\r\n\r\n" + b"x" * 90_000, 200, True),
    "body that looks like a head": (OK + b"Content-Length: 24\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n\r\n\r\n\r", 200, True),
    "no content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, True),
    "not modified announces a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, True),
    "interim first": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", 200, True),
    "early hints": (b"HTTP/1.1 103 Hi\r\nlink: x\r\ncontent-length: 9\r\n\r\n" + CHUNKED + b"0\r\n\r\n", 200, True),
    "chunks": (CHUNKED + b"2\r\nhi\r\nA\r\n0123456789\r\n0\r\n\r\n", 200, True),
    "chunks with extension and trailers": (CHUNKED + b"2;a=1\r\nhi\r\n0\r\nfoo: bar\r\nx: y\r\n\r\n", 200, True),
    "chunk that looks like an end": (CHUNKED + b"5\r\n0\r\n\r\n\r\n0\r\n\r\n", 200, True),
    "close": (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", 200, False),
    "close in a list": (OK + b"Connection: x, Close\r\nContent-Length: 2\r\n\r\nhi", 200, False),
    "chunks and close": (OK + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, False),
    "http 1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, False),
    "http 1.0 kept": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nhi", 200, True),
    "more than asked for": (OK + b"Content-Length: 2\r\n\r\nhi" + OK, 200, False),
}
ANSWERS_TO_HEAD = {
    "length announced": (OK + b"Content-Length: 20\r\n\r\n", 200, True),
    "chunks announced": (CHUNKED, 200, True),
    "nothing announced": (OK + b"server: x\r\n\r\n", 200, True),
    "nothing announced, close": (OK + b"connection: close\r\n\r\n", 200, False),
    "nothing announced, http 1.0": (b"HTTP/1.0 200 OK\r\n\r\n", 200, False),
    "after hints": (b"HTTP/1.1 103 Hi\r\ncontent-length: 9\r\n\r\n" + OK + b"\r\n", 200, True),
    "body all the same": (OK + b"Content-Length: 2\r\n\r\nhi", 200, False),
}
UNTIL_CLOSE = {
    "no framing": OK + b"\r\nabc",
    "coding that is not chunked": OK + b"Transfer-Encoding: gzip\r\n\r\nabc",
    "no framing after framed hints": b"HTTP/1.1 103 Hi\r\ncontent-length: 9\r\n\r\n" + OK + b"\r\nabc",
}
UNFINISHED = {
    "nothing": b"",
    "half a head": OK + b"Content-Le",
    "half a body": OK + b"Content-Length: 10\r\n\r\nhi",
    "half a chunk": CHUNKED + b"A\r\nhi",
    "no last chunk": CHUNKED + b"2\r\nhi\r\n",
    "half the trailers": CHUNKED + b"0\r\nfoo: ba",
    "interim only": b"HTTP/1.1 100 Continue\r\n\r\n",
}
BAD = {
    "another protocol": b"SSH-2.0-OpenSSH_9.6\r\n",
    "http 2": b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "newlines without returns": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi",
    "negative length": OK + b"Content-Length: -2\r\n\r\n",
    "two lengths": OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nhi",
    "both framings": OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk size of letters": CHUNKED + b"zz\r\n\r\n",
    "chunk longer than its size": CHUNKED + b"2\r\nhiXX\r\n0\r\n\r\n",
    "protocol switched": b"HTTP/1.1 101 Switching\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
}

each_parser = pytest.mark.parametrize("new_parser", PARSERS)
in_pieces = pytest.mark.parametrize("step", STEPS)


def feed(parser: responses.ResponseParser, data: bytes, step: int) -> list[bool]:
    return [parser.feed(data[at : at + step]) for at in range(0, len(data), step)]


@each_parser
@in_pieces
@pytest.mark.parametrize(("data", "status", "stays"), COMPLETE.values(), ids=COMPLETE)
def test_a_response_is_complete_with_its_last_byte(new_parser, step, data, status, stays):
    parser = new_parser()
    parser.begin(without_body=False)
    told = feed(parser, data, step)

    assert (told[-1], parser.status, parser.keep_alive, parser.ends_at_close()) == (True, status, stays, False)
    if step == 1 and data.count(b"HTTP/1.1 200") == 1:
        assert not any(told[:-1])


@each_parser
@in_pieces
@pytest.mark.parametrize(("data", "status", "stays"), ANSWERS_TO_HEAD.values(), ids=ANSWERS_TO_HEAD)
def test_an_answer_to_head_ends_with_its_head_and_the_next_response_is_read_afresh(
    new_parser, step, data, status, stays
):
    parser = new_parser()
    parser.begin(without_body=True)

    assert feed(parser, data, step)[-1]
    assert (parser.status, parser.keep_alive) == (status, stays)
    parser.begin(without_body=False)
    assert feed(parser, OK + b"Content-Length: 2\r\n\r\nhi", step)[-1]
    assert parser.keep_alive


@each_parser
@in_pieces
@pytest.mark.parametrize("data", UNTIL_CLOSE.values(), ids=UNTIL_CLOSE)
def test_a_body_without_framing_lasts_until_the_close(new_parser, step, data):
    parser = new_parser()
    parser.begin(without_body=False)

    assert not any(feed(parser, data, step))
    assert parser.ends_at_close()
    assert not parser.keep_alive


@each_parser
@in_pieces
@pytest.mark.parametrize("data", UNFINISHED.values(), ids=UNFINISHED)
def test_a_close_in_the_middle_is_not_an_end(new_parser, step, data):
    parser = new_parser()
    parser.begin(without_body=False)

    assert not any(feed(parser, data, step))
    assert not parser.ends_at_close()


@each_parser
@in_pieces
@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_response_is_refused(new_parser, step, data):
    parser = new_parser()
    parser.begin(without_body=False)

    with pytest.raises(responses.BadResponse):
        feed(parser, data, step)


@each_parser
def test_one_parser_reads_all_responses_of_its_connection(new_parser):
    parser = new_parser()
    for data, status, stays in COMPLETE.values():
        if stays:
            parser.begin(without_body=False)
            assert parser.feed(data)
            assert (parser.status, parser.keep_alive) == (status, True)


def test_the_plain_parser_does_not_collect_a_head_without_end():
    parser = responses.PlainParser()
    parser.feed(OK)
    with pytest.raises(responses.BadResponse):
        feed(parser, b"x: y\r\n" * 20_000, 4_096)
