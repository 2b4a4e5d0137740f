use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A proxy that cuts consecutive connections off after set numbers of the server's bytes; later connections are
/// not cut off. It has the server's port, the only one that the server answers to while login is off.
pub(crate) async fn cut_in_front_of(server: SocketAddr, cuts_bytes: Vec<usize>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.2", server.port()))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut cuts_bytes = cuts_bytes.into_iter();
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let bytes_max = cuts_bytes.next().unwrap_or(usize::MAX);
            // While the server is down, connections end at once.
            if let Ok(server) = TcpStream::connect(server).await {
                tokio::spawn(forward(client, server, bytes_max));
            }
        }
    });
    address
}

async fn forward(client: TcpStream, server: TcpStream, bytes_max: usize) {
    let (mut from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let mut from_server = from_server.take(bytes_max as u64);
    let up = async {
        let _ = tokio::io::copy(&mut from_client, &mut to_server).await;
        // A client that has ended its own side may still read.
        std::future::pending::<()>().await;
    };
    let down = async {
        let _ = tokio::io::copy(&mut from_server, &mut to_client).await;
        let _ = to_client.shutdown().await;
    };
    tokio::select! { () = up => {}, () = down => {} }
}
