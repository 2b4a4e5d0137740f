//! Protocol buffers (<https://protobuf.dev/programming-guides/encoding/>), read field by field where they stand.
//!
//! Generated messages would be built in memory before any limit could be checked, and a field of two bytes can become a
//! message of hundreds: here a body takes no memory but for what is made of it.

use crate::batch::BodyError;

/// The fields of a message.
pub(crate) struct Fields<'a> {
    rest: &'a [u8],
}

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    /// A text, bytes, a message, or packed numbers.
    Bytes(&'a [u8]),
}

/// The bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Why a request cannot be read on.
pub(crate) enum Stop {
    Malformed,
    Body(BodyError),
}

impl From<Malformed> for Stop {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl From<BodyError> for Stop {
    fn from(error: BodyError) -> Self {
        Self::Body(error)
    }
}

impl<'a> Fields<'a> {
    pub(crate) fn of(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn field(&mut self) -> Result<(u64, Value<'a>), Malformed> {
        let tag = varint(&mut self.rest)?;
        let value = match tag & 7 {
            0 => Value::Varint(varint(&mut self.rest)?),
            1 => Value::Fixed64(u64::from_le_bytes(array(&mut self.rest)?)),
            2 => {
                let length = varint(&mut self.rest)?;
                let length = usize::try_from(length).map_err(|_| Malformed)?;
                let (bytes, after) = self.rest.split_at_checked(length).ok_or(Malformed)?;
                self.rest = after;
                Value::Bytes(bytes)
            }
            5 => Value::Fixed32(u32::from_le_bytes(array(&mut self.rest)?)),
            // Groups, which none of our messages has.
            _ => return Err(Malformed),
        };
        match tag >> 3 {
            0 => Err(Malformed),
            number => Ok((number, value)),
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    /// A field's number, and its value.
    type Item = Result<(u64, Value<'a>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

impl<'a> Value<'a> {
    pub(crate) fn bytes(self) -> Result<&'a [u8], Malformed> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn text(self) -> Result<&'a str, Malformed> {
        str::from_utf8(self.bytes()?).map_err(|_| Malformed)
    }

    pub(crate) fn double(self) -> Result<f64, Malformed> {
        match self {
            Self::Fixed64(bits) => Ok(f64::from_bits(bits)),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn fixed64(self) -> Result<u64, Malformed> {
        match self {
            Self::Fixed64(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn varint(self) -> Result<u64, Malformed> {
        match self {
            Self::Varint(value) => Ok(value),
            _ => Err(Malformed),
        }
    }

    pub(crate) fn int64(self) -> Result<i64, Malformed> {
        Ok(self.varint()?.cast_signed())
    }

    pub(crate) fn sint64(self) -> Result<i64, Malformed> {
        self.varint().map(zigzag)
    }

    /// The numbers of a repeated field, packed or single, at most `count_max`.
    pub(crate) fn varints(self, into: &mut Vec<u64>, count_max: usize) -> Result<(), Malformed> {
        let mut rest = match self {
            Self::Varint(value) => return push(into, value, count_max),
            other => other.bytes()?,
        };
        while !rest.is_empty() {
            push(into, varint(&mut rest)?, count_max)?;
        }
        Ok(())
    }

    /// The same of eight bytes each.
    pub(crate) fn fixed64s(self, into: &mut Vec<u64>, count_max: usize) -> Result<(), Malformed> {
        let mut rest = match self {
            Self::Fixed64(value) => return push(into, value, count_max),
            other => other.bytes()?,
        };
        while !rest.is_empty() {
            push(into, u64::from_le_bytes(array(&mut rest)?), count_max)?;
        }
        Ok(())
    }
}

fn push(into: &mut Vec<u64>, value: u64, count_max: usize) -> Result<(), Malformed> {
    if into.len() >= count_max {
        return Err(Malformed);
    }
    into.push(value);
    Ok(())
}

pub(crate) fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn varint(rest: &mut &[u8]) -> Result<u64, Malformed> {
    let mut value = 0;
    for at in 0..10 {
        let byte = *rest.get(at).ok_or(Malformed)?;
        // The tenth has one bit.
        if at == 9 && byte > 1 {
            return Err(Malformed);
        }
        value |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            *rest = &rest[at + 1..];
            return Ok(value);
        }
    }
    Err(Malformed)
}

fn array<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Malformed> {
    let (first, after) = rest.split_first_chunk().ok_or(Malformed)?;
    *rest = after;
    Ok(*first)
}

/// Writes messages, for tests.
#[cfg(test)]
pub(crate) mod write {
    pub(crate) fn varint(mut value: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        while value >= 0x80 {
            bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        bytes.push(value as u8);
        bytes
    }

    pub(crate) fn number(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3), varint(value)].concat()
    }

    pub(crate) fn fixed64(field: u64, value: u64) -> Vec<u8> {
        [varint(field << 3 | 1), value.to_le_bytes().to_vec()].concat()
    }

    pub(crate) fn double(field: u64, value: f64) -> Vec<u8> {
        fixed64(field, value.to_bits())
    }

    pub(crate) fn bytes(field: u64, value: impl AsRef<[u8]>) -> Vec<u8> {
        let value = value.as_ref();
        let length = varint(value.len() as u64);
        [varint(field << 3 | 2), length, value.to_vec()].concat()
    }

    pub(crate) fn packed(field: u64, values: &[u64]) -> Vec<u8> {
        bytes(
            field,
            values.iter().flat_map(|it| varint(*it)).collect::<Vec<_>>(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_they_are_written() {
        let message = [
            write::number(1, 300),
            write::double(2, 1.5),
            write::bytes(3, "text"),
            write::packed(4, &[1, 1 << 63]),
        ]
        .concat();
        let fields: Result<Vec<_>, _> = Fields::of(&message).collect();
        let fields = fields.expect("a message");
        assert_eq!(fields[0], (1, Value::Varint(300)));
        assert_eq!(fields[1].1.double(), Ok(1.5));
        assert_eq!(fields[2].1.text(), Ok("text"));
        let mut numbers = Vec::new();
        assert_eq!(fields[3].1.varints(&mut numbers, 2), Ok(()));
        assert_eq!(numbers, [1, 1 << 63]);
        assert_eq!(fields[3].1.varints(&mut numbers, 3), Err(Malformed));
        assert_eq!([0, 1, 2, u64::MAX].map(zigzag), [0, -1, 1, i64::MIN]);
    }

    #[test]
    fn what_is_no_message_ends_the_fields() {
        for bytes in [
            &b"\x08"[..],
            b"\x08\x80",
            b"\x09\x00",
            b"\x0a\x05abc",
            b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b",
            b"\x00\x00",
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
        ] {
            let all: Vec<_> = Fields::of(bytes).collect();
            assert_eq!(all, [Err(Malformed)], "{bytes:?}");
        }
    }
}
