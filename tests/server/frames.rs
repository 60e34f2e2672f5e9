//! A WebSocket by hand, as a front end opens one: whole frames, of any length, in and out.

use std::collections::VecDeque;
use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An open WebSocket.
pub(super) struct Socket {
    stream: TcpStream,
    behind: VecDeque<Value>,
}

impl Socket {
    /// Opens the address behind this path and query.
    pub(super) async fn open(address: SocketAddr, path: &str) -> Socket {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let hello = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        );
        stream.write_all(hello.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        Socket {
            stream,
            behind: VecDeque::new(),
        }
    }

    /// A text frame.
    pub(super) async fn say(&mut self, text: &str) {
        self.frame(1, text.as_bytes()).await;
    }

    /// A frame of this kind (1 text, 2 binary, 9 ping), masked by zeros, which leave it as it is.
    pub(super) async fn frame(&mut self, kind: u8, body: &[u8]) {
        let mut frame = vec![0x80 | kind];
        match body.len() {
            short @ 0..=125 => frame.push(0x80 | u8::try_from(short).unwrap()),
            middle @ 126..=0xFFFF => {
                frame.push(0x80 | 126);
                frame.extend(u16::try_from(middle).unwrap().to_be_bytes());
            }
            long => {
                frame.push(0x80 | 127);
                frame.extend((long as u64).to_be_bytes());
            }
        }
        frame.extend([0; 4]);
        frame.extend(body);
        self.stream.write_all(&frame).await.unwrap();
    }

    /// The next text frame; answers to pings are passed over.
    pub(super) async fn next(&mut self) -> Value {
        if let Some(seen) = self.behind.pop_front() {
            return seen;
        }
        loop {
            let [kind, short] = [
                self.stream.read_u8().await.unwrap(),
                self.stream.read_u8().await.unwrap(),
            ];
            let length = match short {
                126 => u64::from(self.stream.read_u16().await.unwrap()),
                127 => self.stream.read_u64().await.unwrap(),
                short => u64::from(short),
            };
            let mut body = vec![0; usize::try_from(length).unwrap()];
            self.stream.read_exact(&mut body).await.unwrap();
            match kind {
                0x81 => return serde_json::from_slice(&body).unwrap(),
                0x8A => {}
                other => panic!(
                    "a frame of kind {other:#x}: {}",
                    String::from_utf8_lossy(&body)
                ),
            }
        }
    }

    /// The next frame of this event; what came before it is not looked at again.
    pub(super) async fn next_of(&mut self, event: &str) -> Value {
        loop {
            let frame = self.next().await;
            if frame["event"] == event {
                return frame["data"].clone();
            }
        }
    }
}
