/// The one of `known` that `text` was most likely meant to be; nil where none is near.
///
/// Near is a third of the letters wrong at most, where two neighbours swapped count as one (Damerau's distance).
package func nearest(to text: String, of known: some Sequence<String>) -> String? {
  let wanted = Array(text.lowercased().utf8)
  var best: (name: String, distance: Int)?
  for name in known {
    let distance = editDistance(wanted, Array(name.lowercased().utf8))
    if distance <= max(1, min(wanted.count, name.utf8.count) / 3), distance < best?.distance ?? .max {
      best = (name, distance)
    }
  }
  return best?.name
}

/// `write "path"`, where `text` is nearly that; else all that may be written.
func suggestion(for text: String, of known: [String]) -> String {
  if let near = nearest(to: text, of: known) { return "write \(near)" }
  return known.count == 1 ? "write \(known[0])" : "write one of \(known.joined(separator: ", "))"
}

/// Letters inserted, deleted, replaced or swapped with a neighbour to turn `left` into `right`.
func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...right.count)
  for i in left.indices {
    var row = [i + 1]
    for j in right.indices {
      var distance = min(last[j + 1] + 1, row[j] + 1, last[j] + (left[i] == right[j] ? 0 : 1))
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        distance = min(distance, beforeLast[j - 1] + 1)
      }
      row.append(distance)
    }
    (beforeLast, last) = (last, row)
  }
  return last[right.count]
}
