namespace SmartCache.Tool.Views;

/// <summary>Why requests were not served.</summary>
internal sealed record MissReasonView(string Layer, CacheReason Reason, int Requests, string Meaning, string WhatToDo);
