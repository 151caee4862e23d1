/// What NOTIFY brought to a session that had said LISTEN.
package struct Notification: Hashable, Sendable {
  package let channel: String
  /// Empty where the sender gave none.
  package let payload: String
}
