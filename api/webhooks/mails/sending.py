"""Hands a mail to the mail server, by a deadline, and never in the clear unless told so."""

import asyncio
import contextlib
import ssl
from email.message import EmailMessage

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
    SMTPSenderRefused,
)

from api.settings import MailServer, Settings

DEADLINE_SECONDS = 30.0
GOODBYE_SECONDS = 2.0
SENT, REFUSED = "sent", "refused"


class NoStartTls(Exception):
    """The server does not offer STARTTLS."""


class NoLogin(Exception):
    """The server does not offer to log in, and a user is set."""


class Mailer:
    """`sender` is who mails are from; `tls` is given by tests, which have an authority of their
    own."""

    def __init__(self, server: MailServer, sender: str, tls: ssl.SSLContext | None = None) -> None:
        self.sender = sender
        self._server = server
        self._tls = tls or ssl.create_default_context()

    async def send(self, message: EmailMessage) -> str:
        """What came of one attempt. `sent`: the server has taken it. `refused`: it never will.
        Anything else may pass."""
        smtp = self._connection()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                await smtp.connect()
                await self._prove(smtp)
                await smtp.send_message(message)
        except (SMTPException, OSError, TimeoutError, NoStartTls, NoLogin) as error:
            return _outcome(error)
        else:  # it is the server's now: what goes wrong here must not send it again
            with contextlib.suppress(SMTPException, OSError, TimeoutError):
                await smtp.quit(timeout=GOODBYE_SECONDS)
            return SENT
        finally:
            smtp.close()

    def _connection(self) -> SMTP:
        return SMTP(
            hostname=self._server.host,
            port=self._server.port,
            local_hostname=self.sender.rpartition("@")[2],
            use_tls=self._server.scheme == "smtps",
            start_tls=False,  # by hand, so that it is told from other failures
            tls_context=self._tls,
            timeout=DEADLINE_SECONDS,
        )

    async def _prove(self, smtp: SMTP) -> None:
        """Who the server is, and then who we are."""
        if self._server.scheme == "smtp":
            await smtp.ehlo()
            if not smtp.supports_extension("starttls"):
                raise NoStartTls
            await smtp.starttls()
        if self._server.user is not None and self._server.password is not None:
            await smtp.ehlo()
            if not smtp.supports_extension("auth"):
                raise NoLogin
            await smtp.login(self._server.user, self._server.password)


def _outcome(error: Exception) -> str:
    if isinstance(error, SMTPRecipientsRefused):
        error = error.recipients[0]
    if isinstance(error, SMTPRecipientRefused | SMTPDataError):
        # The first digit decides (RFC 5321, 4.2.1): 5 is for ever, 4 for now.
        return REFUSED if error.code >= 500 else "deferred"
    if isinstance(error, ssl.SSLError) or isinstance(error.__cause__, ssl.SSLError):
        return "tls_error"
    named = [
        (NoStartTls, "no_starttls"),
        (SMTPAuthenticationError, "not_authenticated"),
        (NoLogin, "not_authenticated"),
        (SMTPSenderRefused, "sender_refused"),
        (TimeoutError, "timeout"),
        (OSError, "connect_error"),
    ]
    return next((name for kind, name in named if isinstance(error, kind)), "failed")


def mailer_of(settings: Settings) -> Mailer | None:
    """None where the service sends no mail."""
    if settings.mail_server is None or settings.mail_from is None:
        return None
    return Mailer(settings.mail_server, settings.mail_from)
