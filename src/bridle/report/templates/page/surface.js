// A network's predictions over the plane, painted on a canvas.

function hex(color) {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
}

// The page's own colours, which follow light and dark.
function themed(name) {
  return hex(getComputedStyle(document.documentElement).getPropertyValue(name).trim());
}

// Networks' surfaces over a plane: the first is filled, of the others only the boundary is drawn.
function surface(plane, colors, surfaces, width, said) {
  const height = Math.round(width * 0.8), ratio = Math.min(devicePixelRatio || 1, 2);
  const made = element("canvas", { width: Math.round(width * ratio), height: Math.round(height * ratio), role: "img", "aria-label": said });
  made.style.width = `${width}px`;
  made.style.height = `${height}px`;
  const pen = made.getContext("2d");
  const [first, ...others] = surfaces.map((grids) => finer(grids, plane.side, made.width, made.height));
  const image = painted(first, colors.map(hex));
  for (const other of others) outlined(image, other, 1, 0.45);
  outlined(image, first, Math.max(1, Math.round(made.width / 200)), 1);
  pen.putImageData(image, 0, 0);
  points(pen, plane, colors, ratio);
  return [made, element("p", { class: "axis" }, `→ ${plane.axes[0]}, ↑ ${plane.axes[1]}`)];
}

// For every pixel the class and how sure it is, 0 to 1, between the points of the grid.
function finer([probability, best], side, width, height) {
  const classes = new Uint8Array(width * height), sure = new Float32Array(width * height);
  for (let row = 0; row < height; row++) {
    const v = (1 - (row + 0.5) / height) * (side - 1), j = Math.min(Math.floor(v), side - 2), dv = v - j;
    const lower = probability[j], upper = probability[j + 1];
    for (let column = 0; column < width; column++) {
      const u = ((column + 0.5) / width) * (side - 1), i = Math.min(Math.floor(u), side - 2), du = u - i;
      const p = ((lower[i] * (1 - du) + lower[i + 1] * du) * (1 - dv) + (upper[i] * (1 - du) + upper[i + 1] * du) * dv) / 255;
      const at = row * width + column;
      classes[at] = best ? likeliest(probability, best, i, j, du, dv) : Number(p > 0.5);
      sure[at] = best ? p : Math.abs(2 * p - 1);
    }
  }
  return { classes, sure, width, height };
}

// The class with the most probability at the four corners around a place, the nearer the more.
function likeliest(probability, best, i, j, du, dv) {
  let found = best[j][i], most = -1;
  if (found === best[j][i + 1] && found === best[j + 1][i] && found === best[j + 1][i + 1]) return found;
  for (let corner = 0; corner < 4; corner++) {
    const kind = best[j + (corner >> 1)][i + (corner & 1)];
    let sum = 0;
    for (let other = 0; other < 4; other++) {
      const right = other & 1, up = other >> 1;
      if (best[j + up][i + right] === kind) sum += probability[j + up][i + right] * (right ? du : 1 - du) * (up ? dv : 1 - dv);
    }
    if (sum > most) [found, most] = [kind, sum];
  }
  return found;
}

// The class's colour, the paler the less sure.
function painted({ classes, sure, width, height }, shades) {
  const image = new ImageData(width, height), paper = themed("--paper");
  for (let at = 0; at < classes.length; at++) {
    const shade = shades[classes[at]], strength = 0.08 + 0.5 * sure[at];
    for (let c = 0; c < 3; c++) image.data[4 * at + c] = paper[c] * (1 - strength) + shade[c] * strength;
    image.data[4 * at + 3] = 255;
  }
  return image;
}

// A line where the class changes, so many pixels thick.
function outlined(image, { classes, width, height }, thick, opacity) {
  const ink = themed("--ink");
  for (let at = 0; at < classes.length; at++) {
    if (at % width >= width - thick || at >= (height - thick) * width) continue;
    if (classes[at] === classes[at + thick] && classes[at] === classes[at + thick * width]) continue;
    for (let c = 0; c < 3; c++) image.data[4 * at + c] = image.data[4 * at + c] * (1 - opacity) + ink[c] * opacity;
  }
}

// The training examples of the replicate.
function points(pen, plane, colors, ratio) {
  const { width, height } = pen.canvas;
  const x = linear(plane.x, [0, width]), y = linear(plane.y, [height, 0]);
  pen.strokeStyle = "#fff"; // on dark paper too: a class's colour hardly differs from its own ground
  pen.lineWidth = 0.8 * ratio;
  plane.points.forEach(([a, b], i) => {
    pen.beginPath();
    pen.arc(x(a), y(b), 2.6 * ratio, 0, 7);
    pen.fillStyle = colors[plane.labels[i]];
    pen.fill();
    pen.stroke();
  });
}
