//! The PROXY protocol, versions 1 and 2 (`doc/proxy-protocol.txt` of HAProxy): what a proxy of TCP connections sends
//! about its client before anything of the client itself.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

/// Proxies send the header at once.
const TIME_MAX: Duration = Duration::from_secs(10);

/// What every header of version 2 starts with (section 2.2).
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// What every header of version 1 starts with (section 2.1).
const TEXT: &[u8] = b"PROXY ";

/// The longest header of version 1, with its end of line.
const LINE_BYTES_MAX: usize = 107;

/// The longest header of version 2 after its first 16 bytes. Addresses have 36 bytes; the rest is about TLS.
const REST_BYTES_MAX: usize = 4 << 10;

/// The address of a client of which the proxy says nothing: nobody's, so that it is not taken for the proxy itself.
const UNKNOWN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

/// Types of additional values (section 2.2.6), and a bit of the one about TLS.
const TYPE_SSL: u8 = 0x20;
const CLIENT_SSL: u8 = 1;

/// What a header says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Announced {
    /// `None` if the connection is the proxy's own, as for its health checks.
    pub(super) client: Option<SocketAddr>,
    /// Whether the client's connection to the proxy is encrypted, as `send-proxy-v2-ssl` of HAProxy says.
    pub(super) is_tls: bool,
}

/// Reads the header, and nothing after it.
pub(super) async fn read(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Announced> {
    match timeout(TIME_MAX, read_any(socket)).await {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}

async fn read_any(socket: &mut (impl AsyncRead + Unpin)) -> io::Result<Announced> {
    let mut start = [0; SIGNATURE.len()];
    socket.read_exact(&mut start).await?;
    if start == SIGNATURE {
        let (command, family) = (socket.read_u8().await?, socket.read_u8().await?);
        let length = socket.read_u16().await?.into();
        if length > REST_BYTES_MAX {
            return Err(invalid());
        }
        let mut rest = vec![0; length];
        socket.read_exact(&mut rest).await?;
        return version_2(command, family, &rest).ok_or_else(invalid);
    }
    if !start.starts_with(TEXT) {
        return Err(invalid());
    }
    let mut line = start.to_vec();
    while !line.ends_with(b"\r\n") {
        if line.len() == LINE_BYTES_MAX {
            return Err(invalid());
        }
        line.push(socket.read_u8().await?);
    }
    version_1(&line).ok_or_else(invalid)
}

fn invalid() -> io::Error {
    let what = "the connection of a trusted proxy does not start with a valid header of the PROXY protocol";
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// As in `PROXY TCP4 192.0.2.1 198.51.100.1 56324 443`.
fn version_1(line: &[u8]) -> Option<Announced> {
    let line = str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let mut words = line.split(' ').skip(1);
    let family = words.next()?;
    let client = match family {
        "TCP4" | "TCP6" => {
            let mut address = || words.next()?.parse::<IpAddr>().ok();
            let (client, proxy) = (address()?, address()?);
            let is_right = |it: IpAddr| it.is_ipv6() == (family == "TCP6");
            let mut port = || words.next()?.parse::<u16>().ok();
            let (port, _) = (port()?, port()?);
            let is_end = words.next().is_none();
            (is_end && is_right(client) && is_right(proxy))
                .then(|| SocketAddr::new(client, port))?
        }
        "UNKNOWN" => UNKNOWN,
        _ => return None,
    };
    Some(Announced {
        client: Some(client),
        is_tls: false,
    })
}

fn version_2(command: u8, family: u8, rest: &[u8]) -> Option<Announced> {
    match command {
        0x20 => {
            return Some(Announced {
                client: None,
                is_tls: false,
            });
        }
        0x21 => {}
        _ => return None,
    }
    let (client, addresses) = match family {
        0x11 => {
            let (address, port) = (rest.get(..4)?, rest.get(8..10)?);
            let address = Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?);
            (SocketAddr::new(address.into(), big_endian(port)), 12)
        }
        0x21 => {
            let (address, port) = (rest.get(..16)?, rest.get(32..34)?);
            let address = Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?);
            (SocketAddr::new(address.into(), big_endian(port)), 36)
        }
        // Of an unknown kind, of a Unix socket, or not of TCP.
        _ => (UNKNOWN, rest.len()),
    };
    Some(Announced {
        client: Some(client),
        is_tls: is_tls(rest.get(addresses..)?)?,
    })
}

fn big_endian(bytes: &[u8]) -> u16 {
    bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u16::from(*byte))
}

/// Reads the additional values: each has a type, a length of two bytes, and so many bytes.
fn is_tls(mut values: &[u8]) -> Option<bool> {
    let mut is_tls = false;
    while let [kind, high, low, rest @ ..] = values {
        let length = usize::from(big_endian(&[*high, *low]));
        let (value, next) = rest.split_at_checked(length)?;
        is_tls |= *kind == TYPE_SSL && value.first()? & CLIENT_SSL != 0;
        values = next;
    }
    values.is_empty().then_some(is_tls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the bytes say, and what of them is left for the client's own.
    async fn announced(bytes: &[u8]) -> (io::Result<Announced>, usize) {
        let mut unread = bytes;
        let result = read(&mut unread).await;
        (result, unread.len())
    }

    #[track_caller]
    fn client(address: &str, is_tls: bool) -> Announced {
        Announced {
            client: Some(address.parse().unwrap()),
            is_tls,
        }
    }

    fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
        let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
        [&SIGNATURE[..], &[command, family], &length, rest].concat()
    }

    const TCP4: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 1, 0xDC, 0x04, 1, 0xBB];

    #[tokio::test]
    async fn the_text_names_the_client() {
        for (line, expected) in [
            (
                "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443\r\n",
                client("192.0.2.1:56324", false),
            ),
            (
                "PROXY TCP6 2001:db8::1 2001:db8::2 1 443\r\n",
                client("[2001:db8::1]:1", false),
            ),
            ("PROXY UNKNOWN\r\n", client("0.0.0.0:0", false)),
            (
                "PROXY UNKNOWN ffff::1 whatever 1 2\r\n",
                client("0.0.0.0:0", false),
            ),
        ] {
            let (result, left) = announced(format!("{line}GET /").as_bytes()).await;
            assert_eq!((result.unwrap(), left), (expected, 5), "{line}");
        }
    }

    #[tokio::test]
    async fn the_bytes_name_the_client() {
        let mut tcp6 = [0; 36];
        tcp6[..4].copy_from_slice(&[0x20, 0x01, 0x0d, 0xb8]);
        tcp6[15] = 1;
        tcp6[33] = 7;
        let with_tls = |client: u8| {
            let about_tls = [TYPE_SSL, 0, 5, client, 0, 0, 0, 0];
            // An unknown value before it.
            binary(0x21, 0x11, &[&TCP4[..], &[4, 0, 1, 9], &about_tls].concat())
        };
        let own = Announced {
            client: None,
            is_tls: false,
        };
        for (bytes, expected) in [
            (binary(0x21, 0x11, &TCP4), client("192.0.2.1:56324", false)),
            (binary(0x21, 0x21, &tcp6), client("[2001:db8::1]:7", false)),
            (with_tls(1), client("192.0.2.1:56324", true)),
            (with_tls(0), client("192.0.2.1:56324", false)),
            (binary(0x21, 0, &[]), client("0.0.0.0:0", false)),
            (binary(0x21, 0x31, &[1; 216]), client("0.0.0.0:0", false)),
            (binary(0x20, 0, &[]), own),
        ] {
            let (result, left) = announced(&[&bytes[..], b"GET /"].concat()).await;
            assert_eq!((result.unwrap(), left), (expected, 5), "{bytes:?}");
        }
    }

    #[tokio::test]
    async fn anything_else_is_refused() {
        let invalid = [
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 198.51.100.1 56324\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 443 1\r\n".to_vec(),
            b"PROXY TCP4 2001:db8::1 2001:db8::2 1 443\r\n".to_vec(),
            b"PROXY TCP4 192.0.2.1 198.51.100.1 70000 443\r\n".to_vec(),
            b"PROXY UDP4 192.0.2.1 198.51.100.1 1 443\r\n".to_vec(),
            b"PROXY UNKNOWN\n\r\r\r".to_vec(),
            [&b"PROXY UNKNOWN "[..], &[b'x'; 200], b"\r\n"].concat(),
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00".to_vec(),
            binary(0x22, 0x11, &TCP4),
            binary(0x11, 0x11, &TCP4),
            binary(0x21, 0x11, &TCP4[..11]),
            binary(0x21, 0x21, &TCP4),
            binary(0x21, 0x11, &[&TCP4[..], &[TYPE_SSL, 0, 9, 1]].concat()),
            binary(0x21, 0x11, &[&TCP4[..], &[TYPE_SSL, 0, 0]].concat()),
            binary(0x21, 0x11, &[&TCP4[..], &[1]].concat()),
            binary(0x20, 0, &[0; REST_BYTES_MAX + 1]),
            binary(0x21, 0x11, &TCP4)[..20].to_vec(),
            b"PROXY".to_vec(),
        ];
        for bytes in invalid {
            let (result, _) = announced(&bytes).await;
            assert!(result.is_err(), "{bytes:?} {result:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_proxy_is_not_waited_for() {
        let (mut ours, _theirs) = tokio::io::duplex(4);
        let error = read(&mut ours).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(command: u8, family: u8, rest: Vec<u8>) {
            let _ = version_2(command, family, &rest);
            let _ = version_1(&rest);
        }
    }
}
