//! Script hosts (JavaScript now, Groovy next) and the script API of a message.
