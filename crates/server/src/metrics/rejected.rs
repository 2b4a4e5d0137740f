use axum::http::StatusCode;

/// Defines why something was rejected: an enum whose variants are counted, with their names as labels.
macro_rules! reasons {
    ($(#[$attribute:meta])* $Enum:ident { $($(#[$variant_attribute:meta])* $Variant:ident = $name:literal,)+ }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $Enum {
            $($(#[$variant_attribute])* $Variant,)+
        }

        impl $Enum {
            /// The labels, by variant.
            pub(crate) const NAMES: [&str; [$($name),+].len()] = [$($name),+];
        }
    };
}

reasons! {
    /// Why a request was rejected. A handler may say so in its response's extensions; otherwise the status does.
    RejectedRequest {
        /// Its `Host` is not the server's.
        Host = "host",
        /// It is of a page that may not read from this server.
        Origin = "origin",
        /// It came through a proxy, or may have, while login is off.
        Proxy = "proxy",
        /// A connection, before any request of it, or a further stream of one: there are as many as there may be, in all or
        /// of its address.
        Connections = "connections",
        /// There are as many viewers as there may be.
        Viewers = "viewers",
        /// There are as many viewers of its address as there may be.
        ViewersOfAddress = "viewers_per_address",
        /// The server is stopping.
        Stopping = "stopping",
        /// It has more than one credential, or one in a place from where it could leak.
        Credentials = "credentials",
        /// It has no valid credentials.
        Unauthorized = "unauthorized",
        /// Its sender may not do this.
        Forbidden = "forbidden",
        /// It is invalid.
        Invalid = "invalid",
        /// It is too large.
        TooLarge = "too_large",
        /// There are too many of its sender.
        RateLimit = "rate_limit",
        /// Too many sign-ins of its sender have failed.
        SignIns = "sign_ins",
        /// It did not arrive in time.
        Timeout = "timeout",
        /// The server or its store takes no more at the moment.
        Unavailable = "unavailable",
    }
}

impl RejectedRequest {
    /// Why a request with this response was rejected. That nothing is at an address is no rejection.
    pub(crate) fn of_status(status: StatusCode) -> Option<Self> {
        Some(match status {
            StatusCode::MISDIRECTED_REQUEST => Self::Host,
            StatusCode::UNAUTHORIZED => Self::Unauthorized,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::PAYLOAD_TOO_LARGE | StatusCode::URI_TOO_LONG => Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimit,
            StatusCode::REQUEST_TIMEOUT => Self::Timeout,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => return None,
            status if status.is_client_error() => Self::Invalid,
            _ => return None,
        })
    }
}

reasons! {
    /// Why a message was rejected that a viewer or a program sent.
    RejectedMessage {
        /// A viewer's, which is not valid.
        Invalid = "invalid",
        /// A viewer sent too many, and was disconnected.
        RateLimit = "rate_limit",
        /// An entry of an ingest request, which is not valid.
        Entry = "entry",
        /// An entry of an ingest request, while the store takes nothing.
        Store = "store",
        /// A sample of a series beyond the limits of series.
        Series = "series",
    }
}
