import Market

/// The loader's contract, row by row and as plainly as it can be said: it decides what is right.
struct Twin {
  struct Key: Hashable {
    let signal: Int32
    let time: Instant
  }

  struct Revision: Hashable {
    let createdAt: Instant
    let value: Float
    let metadata: String?
  }

  /// Each key's revisions, oldest first.
  private(set) var history: [Key: [Revision]] = [:]

  /// - Returns: how many revisions it added.
  mutating func load(_ observations: [Observation], metadata: [String?]?, observedAt: Instant) -> Int {
    var winners: [Key: (value: Float, metadata: String?)] = [:]
    for (index, observation) in observations.enumerated() {
      winners[Key(signal: observation.signal, time: observation.time)] = (observation.value, metadata?[index])
    }
    var inserted = 0
    for (key, new) in winners {
      func isSame(_ revision: Revision) -> Bool {
        revision.value == new.value && (metadata == nil || revision.metadata == new.metadata)
      }
      let revisions = history[key] ?? []
      var createdAt = observedAt
      if let inForce = revisions.last(where: { $0.createdAt <= observedAt }) {
        if isSame(inForce) { continue }
        if inForce.createdAt == observedAt {
          // A tie: the run of revisions one microsecond apart that begins here.
          var isKnown = false
          while let next = revisions.first(where: { $0.createdAt == createdAt }) {
            isKnown = isKnown || isSame(next)
            createdAt = createdAt.advanced(by: .microseconds(1))
          }
          if isKnown { continue }
        }
      }
      let revision = Revision(createdAt: createdAt, value: new.value, metadata: metadata == nil ? nil : new.metadata)
      history[key] = (revisions + [revision]).sorted { $0.createdAt < $1.createdAt }
      inserted += 1
    }
    return inserted
  }

  func asOf(_ instant: Instant) -> [Key: Float] {
    history.compactMapValues { $0.last { $0.createdAt <= instant }?.value }
  }
}

/// The same numbers for the same seed, on every machine. Source: Steele, Lea and Flood's SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
