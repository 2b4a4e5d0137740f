use super::source::{MessageSource, greeting};
use super::{BaselineOptions, BaselineServer};
use crate::frame::{self, Opcode};
use crate::random::Random;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compress, Compression, FlushCompress};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};
use sha1::{Digest, Sha1};
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const LISTENER: Token = Token(usize::MAX);

/// Starts the floor: one thread that writes a finished frame to raw non-blocking sockets. It responds
/// to a handshake and ignores requests; it disconnects a viewer whose socket is full.
pub fn start_floor(options: &BaselineOptions) -> io::Result<BaselineServer> {
    let mut listener = TcpListener::bind(options.listen)?;
    let address = listener.local_addr()?;
    let poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut floor = Floor {
        poll,
        listener,
        viewers: Vec::new(),
        source: MessageSource::new(options.message_bytes),
        options: options.clone(),
        random: Random::new(1),
        buffer: vec![0; 16 << 10],
    };
    let stopped = stop.clone();
    let thread = std::thread::Builder::new()
        .name("floor".into())
        .spawn(move || {
            if let Err(error) = floor.serve(&stopped) {
                eprintln!("the floor ended: {error}");
            }
        })?;
    Ok(BaselineServer {
        address,
        stop,
        thread: Some(thread),
    })
}

struct Floor {
    poll: Poll,
    listener: TcpListener,
    viewers: Vec<Option<Viewer>>,
    source: MessageSource,
    options: BaselineOptions,
    random: Random,
    buffer: Vec<u8>,
}

struct Viewer {
    socket: TcpStream,
    request: Vec<u8>,
    is_open: bool,
    is_deflated: bool,
    /// A delayed frame, to be sent after the next one.
    swapped: Option<Arc<[u8]>>,
}

impl Floor {
    fn serve(&mut self, stop: &AtomicBool) -> io::Result<()> {
        let interval = Duration::from_secs(1) / self.options.rate.max(1);
        let mut next_message_at = Instant::now() + interval;
        let mut events = Events::with_capacity(1_024);
        while !stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            if now >= next_message_at {
                next_message_at += interval;
                self.send_message();
            }
            let wait = next_message_at.saturating_duration_since(Instant::now());
            match self.poll.poll(&mut events, Some(wait)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                match event.token() {
                    LISTENER => self.accept()?,
                    Token(index) => {
                        if self.read(index).is_err() {
                            self.viewers[index] = None;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        loop {
            let (mut socket, _) = match self.listener.accept() {
                Ok(accepted) => accepted,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            socket.set_nodelay(true)?;
            self.poll.registry().register(
                &mut socket,
                Token(self.viewers.len()),
                Interest::READABLE,
            )?;
            self.viewers.push(Some(Viewer {
                socket,
                request: Vec::new(),
                is_open: false,
                is_deflated: false,
                swapped: None,
            }));
        }
    }

    /// Responds to the handshake; reads and ignores everything after it.
    fn read(&mut self, index: usize) -> io::Result<()> {
        let Some(viewer) = &mut self.viewers[index] else {
            return Ok(());
        };
        loop {
            match viewer.socket.read(&mut self.buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) if viewer.is_open => {}
                Ok(read) => viewer.request.extend_from_slice(&self.buffer[..read]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if !viewer.is_open && viewer.request.ends_with(b"\r\n\r\n") {
            let request =
                String::from_utf8_lossy(&std::mem::take(&mut viewer.request)).into_owned();
            viewer.is_deflated = request.contains("permessage-deflate");
            viewer.is_open = true;
            let mut response = upgrade(&request, viewer.is_deflated).into_bytes();
            response.extend(frame::unmasked(Opcode::Text, false, greeting().as_bytes()));
            viewer.socket.write_all(&response)?;
        }
        Ok(())
    }

    fn send_message(&mut self) {
        let json = self.source.next_json();
        let plain: Arc<[u8]> = frame::unmasked(Opcode::Text, false, json.as_bytes()).into();
        let is_deflated = |viewer: &Option<Viewer>| viewer.as_ref().is_some_and(|v| v.is_deflated);
        let deflated: Option<Arc<[u8]>> = self
            .viewers
            .iter()
            .any(is_deflated)
            .then(|| frame::unmasked(Opcode::Text, true, &deflate(json.as_bytes())).into());
        for slot in &mut self.viewers {
            let Some(viewer) = slot else { continue };
            if !viewer.is_open {
                continue;
            }
            let frame = match &deflated {
                Some(deflated) if viewer.is_deflated => deflated,
                _ => &plain,
            };
            if viewer.send(frame, &self.options, &mut self.random).is_err() {
                *slot = None;
            }
        }
    }
}

impl Viewer {
    fn send(
        &mut self,
        frame: &Arc<[u8]>,
        faults: &BaselineOptions,
        random: &mut Random,
    ) -> io::Result<()> {
        if random.one_in(faults.drop_one_in) {
            return Ok(());
        }
        if self.swapped.is_none() && random.one_in(faults.swap_one_in) {
            self.swapped = Some(frame.clone());
            return Ok(());
        }
        self.write(frame)?;
        if random.one_in(faults.double_one_in) {
            self.write(frame)?;
        }
        match self.swapped.take() {
            Some(earlier) => self.write(&earlier),
            None => Ok(()),
        }
    }

    fn write(&mut self, frame: &[u8]) -> io::Result<()> {
        let written = self.socket.write(frame)?;
        if written < frame.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(())
    }
}

/// RFC 6455 section 4.2.2 and RFC 7692 section 7.1.
fn upgrade(request: &str, is_deflated: bool) -> String {
    let key = request
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"))
        .map_or("", |(_, value)| value.trim());
    let digest = Sha1::new()
        .chain_update(key)
        .chain_update("258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        .finalize();
    let accept = STANDARD.encode(digest);
    let extensions = if is_deflated {
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; \
         client_no_context_takeover\r\n"
    } else {
        ""
    };
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{extensions}\r\n"
    )
}

/// One message without context (RFC 7692 section 7.2.1): flushed, less the flush's last four bytes.
fn deflate(text: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut deflated = Vec::with_capacity(text.len() + 64);
    // The capacity suffices for incompressible text, so one call compresses all of it.
    let _ = compress.compress_vec(text, &mut deflated, FlushCompress::Sync);
    deflated.truncate(deflated.len().saturating_sub(4));
    deflated
}
