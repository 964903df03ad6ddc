# A mail server on loopback, Debian's aiosmtpd, that takes mail over TLS from who
# authenticates, and refuses as the recipient's name says. It prints a JSON line for each
# thing that happens.
#   server.py CERT KEY starttls|tls|none USER PASSWORD
import asyncio, json, logging, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

def tell(**what):
    print(json.dumps(what), flush=True)

class Handler:
    async def handle_MAIL(self, server, session, envelope, address, options):
        envelope.mail_from = address
        return '250 OK'

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.split('@')[0]
        if name == 'later':
            return '451 4.3.0 Try again later'
        if name == 'gone':
            return '550 5.1.1 No such user'
        if name == 'slow':
            await asyncio.sleep(10)
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server, session, envelope):
        tell(mail=envelope.content.decode('utf-8', 'replace'), sender=envelope.mail_from, to=envelope.rcpt_tos, tls=session.ssl is not None or mode == 'tls', user=bool(session.authenticated))
        return '250 OK'

cert, key, mode, user, password = sys.argv[1:6]
context = None
if mode != 'none':
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

def authenticate(server, session, envelope, mechanism, data):
    good = isinstance(data, LoginPassword) and data.login.decode() == user and data.password.decode() == password
    return AuthResult(success=good, handled=good)

def connect():
    tell(connected=True)
    return SMTP(Handler(), hostname='mail.test', enable_SMTPUTF8=True, tls_context=context if mode == 'starttls' else None,
                require_starttls=mode == 'starttls', authenticator=authenticate, auth_required=user != '', auth_require_tls=mode == 'starttls')

async def main():
    server = await asyncio.get_running_loop().create_server(connect, '127.0.0.1', 0, ssl=context if mode == 'tls' else None)
    tell(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()

logging.disable(logging.CRITICAL)
asyncio.run(main())
