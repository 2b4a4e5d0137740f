//! Whatever is sent arrives, in any fragments and any split of the stream, compressed or not.

mod replay;
mod support;

use proptest::prelude::*;
use websocket::Decoder;

const MESSAGE_BYTES_MAX: usize = 65_600;

proptest! {
    #[test]
    fn every_message_arrives(
        conversation in support::conversation(true),
        chunk_bytes in prop_oneof![1..20_usize, Just(1_460), Just(usize::MAX)],
        key in proptest::option::of(any::<[u8; 4]>()),
    ) {
        let stream: Vec<u8> = conversation.iter().flat_map(|sent| sent.stream(key)).collect();
        let expected: Vec<_> = conversation.iter().flat_map(support::Sent::received).collect();
        let decoder = match key {
            Some(_) => Decoder::server(),
            None => Decoder::client(),
        };
        let decoder = decoder
            .with_deflate(true)
            .with_message_bytes_max(MESSAGE_BYTES_MAX);
        let received = replay::decode(decoder, &stream, chunk_bytes, MESSAGE_BYTES_MAX);
        prop_assert_eq!(received, (expected, Ok(())));
    }

    #[test]
    fn any_bytes_are_survived(data in proptest::collection::vec(any::<u8>(), 0..600)) {
        replay::frame_parser(&data);
        replay::inflate(&data);
    }

    /// Random bytes rarely get past the first header; flipped bits of a good stream do.
    #[test]
    fn any_damage_is_survived(
        conversation in support::conversation(true),
        options in any::<[u8; 2]>(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
    ) {
        let mut data = options.to_vec();
        let key = (options[0] & 1 == 0).then_some([9, 8, 7, 6]);
        data.extend(conversation.iter().flat_map(|sent| sent.stream(key)));
        for (at, flipped) in damage {
            let at = at.index(data.len());
            data[at] ^= flipped;
        }
        replay::frame_parser(&data);
    }
}
