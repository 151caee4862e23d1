internal import Market

/// Gives every value of the last hours a new version again and again, so that a run of minutes sees many.
struct Revisions: Sendable {
  let dice: Dice
  /// How long a version holds; nil where values are revised as the providers do, and no oftener.
  let every: Duration?

  /// How far back values are revised, counted from a period's start.
  static let reach = Duration.hours(6)

  enum Quantity: Int { case price, volume }

  /// When the newest version of a period came out; nil where it is not revised, or no longer.
  func newest(of begins: Instant, at now: Instant) -> Instant? {
    guard let every, now.since(begins) < Self.reach, now >= begins else { return nil }
    return Instant(microseconds: now.microseconds / every.microseconds * every.microseconds)
  }

  /// Moves a number by up to 50 either way, in steps of 0.001.
  func revise(_ number: inout Number, _ quantity: Quantity, of begins: Instant, _ began: Instant) {
    let place = Int(begins.microseconds / 1_800_000_000) * 2 + quantity.rawValue
    number.micros += Int64(dice.number(below: 100_001, Int(began.microseconds), place, .lively) - 50_000) * 1_000
  }
}
