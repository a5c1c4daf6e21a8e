// Begins when the page is read.

const data = await unpacked(JSON.parse(document.getElementById("study").textContent));
document.documentElement.classList.add("scripted");
if (data.methods.length > 1) document.getElementById("methods").append(bar(data.methods));
leaderboard(data);
slider(data);
panels(data);
confusion(data);
runs(data);
copies();
tips();
update();
document.documentElement.dataset.ready = "yes";
