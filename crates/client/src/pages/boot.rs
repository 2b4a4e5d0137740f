//! The script that starts the WebAssembly.
//!
//! Others change the page before it starts: extensions put elements beside fields and at the
//! beginning of the body, translators replace texts, proxies strip comments. Hydration finds each
//! node by its place, so it would fail, or take a foreign node for its own. So what the server has
//! rendered stands in a container that is the page's alone, and the script compares its
//! [`structure`] with what the server sent. If it is another one the container is emptied, and the
//! page is rendered in the browser, from the same snapshot.
//!
//! Should the start fail all the same, the page is loaded once more and rendered in the browser: a
//! WebAssembly instance that has trapped is not to be used again. After that the page has what the
//! server rendered again, and shows a notice that it does not update.

/// The element that the page is rendered into. Nothing else belongs there.
pub(crate) const CONTAINER_ID: &str = "watchroom";

/// The element that holds the snapshot.
pub(crate) const SNAPSHOT_ID: &str = "snapshot";

/// The offset basis and the prime of FNV-1a, in 32 bits.
const HASH_BASIS: u32 = 0x811c_9dc5;
const HASH_PRIME: u32 = 0x0100_0193;

/// `state` is that of a history entry whose page is rendered in the browser. It outlives a
/// reload, needs no storage, and goes with the entry.
const BOOT: &str = r#"
const get=id=>document.getElementById(id),app=get("CONTAINER"),state="render";
let hash=BASIS;
const add=text=>{for(const c of text)hash=Math.imul(hash^c.charCodeAt(),PRIME)},
walk=of=>{for(let n=of.firstChild;n;n=n.nextSibling)n.nodeType==1?(add("<"+n.localName),walk(n),add("/")):add(n.nodeType==3?"t":"!")};
walk(app);
const changed=app.dataset.structure!=hash>>>0,rendered=[...app.childNodes];
if(changed)console.info("Watchroom: the page was changed before it started, so it is rendered anew");
if(changed||history.state==state)app.replaceChildren();
try{m.start(get("SNAPSHOT").textContent)}catch(e){
if(history.state==state){app.replaceChildren(...rendered);throw e}
console.error(e);history.replaceState(state,"");location.reload()}
}).catch(e=>{document.documentElement.dataset.boot="failed";console.error(e)})"#;

/// The script, for a module at these addresses; both are JavaScript strings.
pub(crate) fn boot_script(js: &str, wasm: &str) -> String {
    let boot = BOOT
        .replace("CONTAINER", CONTAINER_ID)
        .replace("SNAPSHOT", SNAPSHOT_ID)
        .replace("BASIS", &HASH_BASIS.to_string())
        .replace("PRIME", &HASH_PRIME.to_string());
    format!("import({js}).then(async m=>{{await m.default({{module_or_path:{wasm}}});{boot}")
}

/// Elements that have neither content nor an end.
const VOID: [&str; 6] = ["br", "hr", "img", "input", "link", "meta"];

/// A number that is another one when a browser makes other nodes of the HTML: it stands for the
/// names of elements, and for where each begins and ends, where there is text, and where comments
/// are. `HTML` is what this crate renders, which is well-formed.
pub(crate) fn structure(html: &str) -> u32 {
    let mut hash = Hash(HASH_BASIS);
    let mut pieces = html.split('<');
    hash.text(pieces.next().unwrap_or_default());
    for piece in pieces {
        // Within a tag `>` is escaped.
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        match tag.as_bytes().first() {
            Some(b'/') => hash.add("/"),
            Some(b'!') => hash.add("!"),
            _ => {
                let name = tag.split_ascii_whitespace().next().unwrap_or_default();
                hash.add("<");
                hash.add(name);
                if VOID.contains(&name) {
                    hash.add("/");
                }
            }
        }
        hash.text(text);
    }
    hash.0
}

struct Hash(u32);

impl Hash {
    fn add(&mut self, text: &str) {
        for byte in text.bytes() {
            self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(HASH_PRIME);
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.add("t");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_nodes_make_another_structure() {
        let own = r#"<p class="a">one<!>two</p><input type="search"><b></b>"#;
        for same in [
            r#"<p>1<!>2</p><input><b></b>"#,
            r#"<p class="a" data-extension="x">one<!>two</p><input style="color:red"><b></b>"#,
        ] {
            assert_eq!(structure(own), structure(same), "{same}");
        }
        for other in [
            r#"<div></div><p class="a">one<!>two</p><input type="search"><b></b>"#,
            r#"<p class="a">one<!>two</p><input type="search"><div></div><b></b>"#,
            r#"<p class="a"><font>one</font><!>two</p><input type="search"><b></b>"#,
            r#"<p class="a">onetwo</p><input type="search"><b></b>"#,
            r#"<p class="a">one<!>two</p><input type="search"><b> </b>"#,
            r#"<p class="a">one<!>two<input type="search"></p><b></b>"#,
        ] {
            assert_ne!(structure(own), structure(other), "{other}");
        }
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        // http://www.isthe.com/chongo/src/fnv/test_fnv.c
        let mut hash = Hash(HASH_BASIS);
        hash.add("foobar");
        assert_eq!(hash.0, 0xbf9c_f968);
    }
}
