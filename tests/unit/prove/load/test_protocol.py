from paceline.prove.load import protocol, scenario


def test_a_read_is_encoded_with_host_and_without_length():
    message = protocol.encode(scenario.Request("GET", "/a?b=c"), "127.0.0.1:80")

    assert message.wire == b"GET /a?b=c HTTP/1.1\r\nhost: 127.0.0.1:80\r\nuser-agent: paceline-load\r\n\r\n"
    assert (message.idempotent, message.answered_without_body) == (True, False)


def test_a_write_carries_its_body_and_its_length():
    request = scenario.Request("POST", "/a", b"{}", (("content-type", "application/json"),))
    message = protocol.encode(request, "localhost:80")

    assert message.wire.endswith(b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
    assert not message.idempotent


def test_a_write_without_body_says_so():
    assert b"content-length: 0" in protocol.encode(scenario.Request("POST", "/a"), "x").wire
    assert b"content-length: 0" in protocol.encode(scenario.Request("DELETE", "/a", b""), "x").wire
    assert b"content-length" not in protocol.encode(scenario.Request("DELETE", "/a"), "x").wire


def test_host_and_agent_can_be_replaced():
    headers = (("Host", "shop.example"), ("User-Agent", "me"))
    wire = protocol.encode(scenario.Request("GET", "/", headers=headers), "x").wire

    assert wire == b"GET / HTTP/1.1\r\nHost: shop.example\r\nUser-Agent: me\r\n\r\n"


def test_an_answer_to_head_has_no_body():
    assert protocol.encode(scenario.Request("HEAD", "/"), "x").answered_without_body
