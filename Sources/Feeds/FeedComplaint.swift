/// What is wrong in one place of the feeds' folder or of the environment, and what to write instead.
package struct FeedComplaint: Hashable, Sendable, CustomStringConvertible {
  package enum Place: Hashable, Sendable {
    /// Line and column count from 1; what concerns a whole file is said of its first line.
    case file(String, line: Int, column: Int)
    /// A setting of the environment, `FLUX_HOST_MODO_URL`.
    case setting(String)

    /// Rises from the top of a file to its end.
    var order: Int {
      if case .file(_, let line, let column) = self { line * 100_000 + min(column, 99_999) } else { 0 }
    }
  }

  package let place: Place
  /// `no signal "imbalance_prise"`.
  package let problem: String
  /// What to write or do instead: `write imbalance_price`.
  package let cure: String

  package init(_ place: Place, _ problem: String, cure: String) {
    self.place = place
    self.problem = problem
    self.cure = cure
  }

  /// `feeds/modo-niv-live.yaml:9:14: no signal "niv_estimat"; write niv_estimate`.
  package var description: String {
    switch place {
    case .file(let file, let line, let column): "\(file):\(line):\(column): \(problem); \(cure)"
    case .setting(let name): "\(name): \(problem); \(cure)"
    }
  }
}

/// The feeds' folder cannot be used as it is; every complaint about it, by file and line.
package struct FeedsRefused: Error, Hashable, CustomStringConvertible {
  package let complaints: [FeedComplaint]

  package init(_ complaints: [FeedComplaint]) { self.complaints = complaints }

  /// A complaint a line.
  package var description: String { complaints.map(\.description).joined(separator: "\n") }
}
