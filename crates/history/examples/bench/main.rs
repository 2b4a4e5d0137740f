//! What `cargo xtask bench history` runs.

mod record;
mod samples;

mod compare;
mod rivals;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [flag, seconds, file] if flag == "--record" => {
            record::record(seconds.parse().expect("seconds"), file.as_ref())
        }
        [file] => {
            compare::codecs(&samples::series(&samples::messages(file.as_ref())?));
            Ok(())
        }
        _ => panic!("say what to do"),
    }
}
