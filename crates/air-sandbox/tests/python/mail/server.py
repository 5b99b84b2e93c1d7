"""aiosmtpd, with STARTTLS and a password: prints its port, then each message. See ../../mail/peers.rs."""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

certificate, key = sys.argv[1:]


class Printer:
    async def handle_DATA(self, server, session, envelope):
        mail = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "isEncrypted": session.ssl is not None,
            "user": session.auth_data.login.decode(),
            "text": envelope.content.decode(),
        }
        print(json.dumps(mail), flush=True)
        return "250 2.0.0 kept"


def authenticate(server, session, envelope, mechanism, data):
    is_air = (data.login, data.password) == (b"air", b"swordfish")
    return AuthResult(success=is_air, handled=False, auth_data=data)


def session():
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    return SMTP(
        Printer(),
        hostname="mail.test",
        tls_context=tls,
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )


async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(serve())
