"""A real SMTP server for the mail tests: prints its port, then every mail as one JSON line.

Arguments: none | starttls CERT KEY | smtps CERT KEY. Login anna / s3cret, where TLS is on.
"""
import asyncio, json, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

mode = sys.argv[1]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such user"
        if address.startswith("full@"):
            return "452 mailbox full"
        if address.startswith("slow@"):
            await asyncio.sleep(5)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        to = envelope.rcpt_tos[0]
        if to.startswith("spam@"):
            return "554 this is spam"
        if to.startswith("later@"):
            return "451 try again later"
        if to.startswith("break@"):
            server.transport.abort()
            return "250 OK"
        if to.startswith("hang@"):
            await asyncio.sleep(5)
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "content": envelope.content.decode("latin-1"),
                "user": str(session.auth_data.login.decode()) if session.auth_data else None}
        print(json.dumps(mail), flush=True)
        return "250 OK"


def login(server, session, envelope, mechanism, data):
    ok = isinstance(data, LoginPassword) and data.login == b"anna" and data.password == b"s3cret"
    return AuthResult(success=ok, handled=False, auth_data=data)


async def main():
    context = None
    if mode != "none":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    options = {"hostname": "test"}
    if context:
        options.update(authenticator=login, auth_require_tls=mode == "starttls", auth_required=True)
    if mode == "starttls":
        options.update(tls_context=context)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), **options), "127.0.0.1", 0,
                                      ssl=context if mode == "smtps" else None)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
