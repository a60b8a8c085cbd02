import pytest

from tests.servers.dovecot import CONDSTORE, PLAIN, RICH, Dovecot


def test_mail_delivered_as_a_file_is_there_for_anybody(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.deliver(user, [b"Subject: uno\r\n\r\nhola\r\n"] * 3, folder="Sent", flags="S")
    with dovecot.session(user, "Sent") as session:
        assert session.search(None, "SEEN")[1] == [b"1 2 3"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [(RICH, {"CONDSTORE", "QRESYNC"}), (CONDSTORE, {"CONDSTORE"}), (PLAIN, set())],
)
def test_one_server_announces_differently_on_each_address(
    dovecot: Dovecot, host: str, expected: set[str]
) -> None:
    session = dovecot.sign_in("ana", host)
    said = set(session.capability()[1][0].decode().split())
    session.logout()
    assert said & {"CONDSTORE", "QRESYNC"} == expected
