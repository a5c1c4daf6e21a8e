// What is drawn: the document that Python embeds, its arrays decompressed.

const KINDS = { bytes: Uint8Array, floats: Float32Array };

async function unpacked(value) {
  if (Array.isArray(value)) return Promise.all(value.map(unpacked));
  if (value === null || typeof value !== "object") return value;
  if (!("packed" in value)) {
    const pairs = Object.entries(value).map(async ([key, item]) => [key, await unpacked(item)]);
    return Object.fromEntries(await Promise.all(pairs));
  }
  const bytes = Uint8Array.from(atob(value.data), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const numbers = new KINDS[value.packed](await new Response(stream).arrayBuffer());
  return nested(numbers, value.shape);
}

// An array of arrays that share the numbers; the last axis is a typed array.
function nested(numbers, shape) {
  if (shape.length === 1) return numbers;
  const step = numbers.length / shape[0];
  return Array.from({ length: shape[0] }, (_, i) => nested(numbers.subarray(i * step, (i + 1) * step), shape.slice(1)));
}
