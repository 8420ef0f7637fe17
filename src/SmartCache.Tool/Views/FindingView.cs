namespace SmartCache.Tool.Views;

/// <summary>One thing that somebody should look at.</summary>
internal sealed record FindingView(string Code, string Path, string Meaning, string WhatToDo);
