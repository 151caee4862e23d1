import Market
import NIOCore

/// JSON as it is written, member by member, without a tree.
struct JSONText {
  private(set) var buffer: ByteBuffer
  /// Whether the next element or member stands behind another.
  private var isBehindAnother = false

  init(capacity: Int = 1_024) { buffer = ByteBufferAllocator().buffer(capacity: capacity) }

  mutating func object(_ body: (inout JSONText) throws -> Void) rethrows {
    try enclosed("{", "}", body)
  }

  mutating func array<Elements: Sequence>(
    _ elements: Elements, _ write: (inout JSONText, Elements.Element) throws -> Void
  ) rethrows {
    try enclosed("[", "]") { json in for element in elements { try write(&json, element) } }
  }

  /// Begins what ``close(_:)`` ends, for what is written piece by piece.
  mutating func open(_ bracket: StaticString) {
    separate()
    buffer.writeStaticString(bracket)
    isBehindAnother = false
  }

  mutating func close(_ bracket: StaticString) {
    buffer.writeStaticString(bracket)
    isBehindAnother = true
  }

  private mutating func enclosed(
    _ left: StaticString, _ right: StaticString, _ body: (inout JSONText) throws -> Void
  ) rethrows {
    open(left)
    try body(&self)
    close(right)
  }

  mutating func key(_ name: StaticString) {
    separate()
    buffer.writeStaticString("\"")
    buffer.writeStaticString(name)
    buffer.writeStaticString("\":")
    isBehindAnother = false
  }

  /// One that is not known when the program is built.
  mutating func key(_ name: String) {
    write(name)
    buffer.writeStaticString(":")
    isBehindAnother = false
  }

  mutating func member(_ name: StaticString, _ value: String?) { memberOrNull(name, value) { $0.write($1) } }
  mutating func member(_ name: StaticString, _ value: Instant?) { memberOrNull(name, value) { $0.write($1) } }
  mutating func member(_ name: StaticString, _ value: Float?) { memberOrNull(name, value) { $0.write($1) } }
  mutating func member(_ name: StaticString, _ value: Int?) { memberOrNull(name, value) { $0.literal("\($1)") } }
  mutating func member(_ name: StaticString, _ value: Bool?) {
    memberOrNull(name, value) { $0.literal($1 ? "true" : "false") }
  }
  /// In seconds.
  mutating func member(_ name: StaticString, _ value: Duration?) { memberOrNull(name, value) { $0.write($1) } }
  /// A value that is JSON already.
  mutating func member(_ name: StaticString, json value: String?) { memberOrNull(name, value) { $0.literal($1) } }

  mutating func member(_ name: StaticString, _ write: (inout JSONText) throws -> Void) rethrows {
    key(name)
    try write(&self)
  }

  private mutating func memberOrNull<Value>(
    _ name: StaticString, _ value: Value?, _ write: (inout JSONText, Value) -> Void
  ) {
    key(name)
    if let value { write(&self, value) } else { literal("null") }
  }

  mutating func write(_ text: String) {
    separate()
    buffer.writeString(jsonString(text))
  }

  mutating func write(_ instant: Instant) { literal("\"\(instant)\"") }

  mutating func write(_ value: Float) { literal(value.isFinite ? shortest(value) : "null") }

  mutating func write(_ duration: Duration) {
    let (seconds, rest) = duration.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
    let sign = duration < .zero && seconds == 0 ? "-" : ""
    guard rest != 0 else { return literal("\(seconds)") }
    var digits = String(String(1_000_000 + rest.magnitude).dropFirst())
    while digits.last == "0" { digits.removeLast() }
    literal("\(sign)\(seconds).\(digits)")
  }

  /// What is JSON as it stands.
  mutating func literal(_ text: String) {
    separate()
    buffer.writeString(text)
  }

  /// A document ends with a line break, for whoever looks at it in a terminal.
  mutating func endLine() { buffer.writeStaticString("\n") }

  private mutating func separate() {
    if isBehindAnother { buffer.writeStaticString(",") }
    isBehindAnother = true
  }

  /// What was written since the last call, for the next piece of an answer.
  mutating func take() -> ByteBuffer {
    defer { buffer = ByteBufferAllocator().buffer(capacity: buffer.readableBytes) }
    return buffer
  }
}
