"""`python bench/faults/mailserver.py PORT`: accepts all mail and discards it."""

import asyncio
import sys


async def serve(port: int) -> None:
    server = await asyncio.start_server(talk, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """The part of SMTP that a sending client needs (RFC 5321)."""
    writer.write(b"220 ready\r\n")
    while line := await reader.readline():
        word = line[:4].upper()
        if word == b"DATA":
            writer.write(b"354 go on\r\n")
            await reader.readuntil(b"\r\n.\r\n")
        writer.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
        await writer.drain()
        if word == b"QUIT":
            break
    writer.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
