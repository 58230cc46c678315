//! What each connection carries, recognised by content: the consumer of all byte streams.

use super::limits::Limits;
use super::model::{Application, Tls};
use crate::diagnostic::LeftOut;
use crate::http::{self, Conversation, Held};
use crate::packet::tls::{self, Hello};
use crate::tcp::{Consumer, End, Moment, PerEnd, Piece};
use crate::text::Text;

/// Looks at what the connections carry: HTTP messages, and the bytes of TLS connections.
pub(crate) trait Observer: http::Observer {
    /// Whether it looks at TLS, so that its bytes are put in order behind the hello messages too.
    const TLS: bool;

    /// Bytes of a TLS connection in order, sent by `from`.
    fn tls(&mut self, stream: u32, from: End, piece: &Piece<'_>);
    /// Bytes of a TLS connection that no frame holds.
    fn tls_gap(&mut self, stream: u32, from: End);
}

impl Observer for () {
    const TLS: bool = false;

    fn tls(&mut self, _: u32, _: End, _: &Piece<'_>) {}
    fn tls_gap(&mut self, _: u32, _: End) {}
}

/// Hands byte streams to the protocol that their first bytes show, and to an [`Observer`].
#[derive(Debug)]
pub(crate) struct Applications<O> {
    pub(crate) observer: O,
    pub(crate) held: Held,
    pub(crate) hellos: HelloBytes,
}

impl<O> Applications<O> {
    pub(crate) fn new(observer: O, limits: &Limits) -> Self {
        let hellos = HelloBytes { kept: 0, most: limits.hello_bytes, given_up: LeftOut::default() };
        Self { observer, held: Held::new(limits.message_bytes), hellos }
    }
}

/// Bytes of the unfinished hello messages of all connections.
#[derive(Debug)]
pub(crate) struct HelloBytes {
    kept: usize,
    most: usize,
    /// Hello messages that were given up because there were too many bytes of others.
    pub(crate) given_up: LeftOut,
}

/// What is known of one connection's content.
#[derive(Debug, Default)]
pub(crate) enum Content {
    /// No payload yet.
    #[default]
    Nothing,
    /// HTTP, or something else of which no HTTP message was found; TLS may begin within (STARTTLS, CONNECT).
    Messages(Box<Conversation>, Option<Box<TlsHellos>>),
    /// TLS.
    Tls(Box<TlsHellos>),
}

/// The hello messages of a TLS connection.
#[derive(Debug, Default)]
pub(crate) struct TlsHellos {
    /// The first bytes of each end, until its first handshake message is read.
    first: PerEnd<Vec<u8>>,
    pub(crate) hellos: PerEnd<Option<(Hello, u64)>>,
}

impl TlsHellos {
    fn bytes(&mut self, from: End, piece: &Piece<'_>, all: &mut HelloBytes) {
        if self.hellos.get(from).is_some() {
            return;
        }
        let first = self.first.get_mut(from);
        let kept = first.len();
        first.extend_from_slice(piece.data);
        let hello = tls::first_hello(first);
        all.kept = all.kept - kept + first.len();
        let too_many = hello.is_none() && all.kept > all.most;
        if too_many {
            all.given_up.note(piece.at.frame);
        }
        let too_long = first.len() > tls::MAX_HANDSHAKE || piece.uncaptured > 0 || too_many;
        if hello.is_some() || too_long {
            all.kept -= first.len();
            *first = Vec::new();
            *self.hellos.get_mut(from) = Some((hello.unwrap_or(Hello::Other), piece.at.frame));
        }
    }

    /// How many of the application protocols that the Client Hello offers are not kept; `None` if all are.
    pub(crate) fn protocols_left_out(&self) -> Option<u64> {
        let hellos = [&self.hellos.opener, &self.hellos.other].into_iter().flatten();
        let clients = hellos.filter_map(|(hello, _)| match hello {
            Hello::Client(client) => Some(client.alpn_left_out),
            _ => None,
        });
        clients.take(1).find(|left_out| *left_out > 0)
    }

    /// What a connection with a Client Hello says; `None` without one.
    pub(crate) fn facts(&self, stream: u32) -> Option<Tls> {
        let both = [&self.hellos.opener, &self.hellos.other];
        let (client, frame) = both.iter().find_map(|hello| match hello {
            Some((Hello::Client(client), frame)) => Some((client, *frame)),
            _ => None,
        })?;
        let version = both.iter().find_map(|hello| match hello {
            Some((Hello::Server(version), _)) => Some(tls::version_name(*version)),
            _ => None,
        });
        Some(Tls {
            stream,
            server_name: client.server_name.as_deref().map(Text::from),
            version,
            alpn: client.alpn.iter().map(|name| Text::from(name.as_slice())).collect(),
            client_hello: frame,
        })
    }

    /// The end that sent a Client Hello, or that received a Server Hello.
    fn client(&self) -> Option<End> {
        let sent = |end: End, wanted: fn(&Hello) -> bool| {
            self.hellos.get(end).as_ref().is_some_and(|(hello, _)| wanted(hello)).then_some(end)
        };
        let ends = [End::Opener, End::Other];
        let client = ends.iter().find_map(|end| sent(*end, |hello| matches!(hello, Hello::Client(_))));
        let server = ends.iter().find_map(|end| sent(*end, |hello| matches!(hello, Hello::Server(_))));
        client.or(server.map(End::peer))
    }
}

impl<O: Observer> Consumer for Applications<O> {
    type State = Content;

    fn bytes(&mut self, stream: u32, content: &mut Content, from: End, piece: Piece<'_>) {
        if let Content::Nothing = content {
            *content = if tls::is_tls(piece.data) {
                Content::Tls(Box::default())
            } else {
                Content::Messages(Box::default(), None)
            };
        }
        match content {
            Content::Nothing => {}
            Content::Messages(conversation, hellos) => {
                if hellos.is_none()
                    && piece.segment_start
                    && !conversation.in_message(from)
                    && tls::is_hello(piece.data)
                {
                    *hellos = Some(Box::default());
                    conversation.leave_http();
                }
                match hellos {
                    Some(hellos) => {
                        self.observer.tls(stream, from, &piece);
                        hellos.bytes(from, &piece, &mut self.hellos);
                    }
                    None => conversation.bytes(stream, from, piece, &mut self.held, &mut self.observer),
                }
                conversation.settle(stream, from, piece.at, &mut self.held, &mut self.observer);
            }
            Content::Tls(hellos) => {
                self.observer.tls(stream, from, &piece);
                hellos.bytes(from, &piece, &mut self.hellos);
            }
        }
    }

    fn gap(&mut self, stream: u32, content: &mut Content, from: End, length: u64, at: Moment) {
        match content {
            Content::Nothing => {}
            Content::Messages(conversation, None) => {
                conversation.gap(stream, from, length, at, &mut self.observer);
                conversation.settle(stream, from, at, &mut self.held, &mut self.observer);
            }
            Content::Messages(_, Some(hellos)) | Content::Tls(hellos) => {
                self.observer.tls_gap(stream, from);
                if hellos.hellos.get(from).is_none() {
                    *hellos.hellos.get_mut(from) = Some((Hello::Other, at.frame));
                }
            }
        }
    }

    fn end(&mut self, stream: u32, content: &mut Content, from: End, at: Moment) {
        if let Content::Messages(conversation, _) = content {
            conversation.end(from, at, &mut self.observer);
            conversation.settle(stream, from, at, &mut self.held, &mut self.observer);
        }
    }

    fn reset(&mut self, stream: u32, content: &mut Content, from: End, at: Moment) {
        if let Content::Messages(conversation, _) = content {
            conversation.reset();
            conversation.settle(stream, from, at, &mut self.held, &mut self.observer);
        }
    }

    fn needs_bytes(&self, content: &Content, from: End) -> bool {
        match content {
            // Behind a tunnel's opening TLS may begin, so that bytes are needed there too.
            Content::Nothing | Content::Messages(_, None) => true,
            Content::Messages(_, Some(hellos)) | Content::Tls(hellos) => O::TLS || hellos.hellos.get(from).is_none(),
        }
    }

    fn verdict(&self, content: &Content) -> (Option<End>, Application) {
        match content {
            Content::Nothing => (None, Application::None),
            Content::Tls(hellos) => (hellos.client(), Application::Tls),
            Content::Messages(conversation, hellos) => {
                let application = if conversation.is_http() {
                    Application::Http
                } else if hellos.is_some() {
                    return (hellos.as_ref().and_then(|hellos| hellos.client()), Application::Tls);
                } else if conversation.http2 {
                    Application::Http2
                } else {
                    Application::Unknown
                };
                (conversation.client, application)
            }
        }
    }
}
