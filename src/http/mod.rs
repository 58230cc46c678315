//! HTTP/1.x (RFC 9112): messages in byte streams, their bodies, and which response answers which request.
//!
//! [`Conversation`] takes the bytes of both directions of one connection in order and keeps facts only; bodies pass by. A
//! [`Observer`] may look at heads and bodies on their way (the second pass does).

mod body;
pub(crate) mod charset;
pub(crate) mod content;
mod conversation;
mod draft;
pub(crate) mod head;
mod held;
mod observer;
mod stream;

pub(crate) use body::read_length;
pub(crate) use conversation::Conversation;
pub(crate) use held::Held;
pub(crate) use observer::{MessageId, MessageKind, Observer};
pub(crate) use stream::{HeadPlace, HeadPlaces};
