/// What sqitch.plan says: the project and its changes in order.
///
/// Source: sqitch-plan's grammar: a line is `%pragma`, `@tag …`, `# comment` or `change [dependencies] …`.
struct Plan: Equatable {
  let project: String
  let changes: [String]

  init(folder: String) throws(SqitchError) {
    guard let text = contents(of: folder + "/sqitch.plan", following: true) else { throw .noPlan(folder: folder) }
    var project: String?
    var changes: [String] = []
    for line in text.split(whereSeparator: \.isNewline).map({ $0.trimmed }) {
      if line.hasPrefix("%") {
        let sides = line.dropFirst().split(separator: "=", maxSplits: 1).map { $0.trimmed }
        if sides.count == 2, sides[0] == "project" { project = sides[1] }
      } else if !line.hasPrefix("#"), !line.hasPrefix("@"), let name = line.split(separator: " ").first {
        changes.append(String(name.drop { $0 == "+" }))
      }
    }
    guard let project, !changes.isEmpty else { throw .noPlan(folder: folder) }
    self.project = project
    self.changes = changes
  }
}
