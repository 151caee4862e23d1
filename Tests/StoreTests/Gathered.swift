/// What came in pieces.
///
/// Unchecked: filled on the connection's thread only, read when that is done.
final class Gathered<Item>: @unchecked Sendable {
  private(set) var items: [Item] = []
  private(set) var pieces = 0

  func add(_ more: [Item]) {
    items += more
    pieces += 1
  }
}
