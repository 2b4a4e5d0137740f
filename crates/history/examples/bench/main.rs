//! What `cargo xtask bench history` runs.

mod record;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, seconds, file] if flag == "--record" => {
            record::record(seconds.parse().expect("seconds"), file.as_ref())
        }
        _ => panic!("say what to do"),
    }
}
