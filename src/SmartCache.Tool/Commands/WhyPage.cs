using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary>What <c>why</c> prints for people.</summary>
internal static class WhyPage
{
    public static void Show(Page page, WhyView why)
    {
        Lines(page, why);
        if (why.Closest is { } closest)
        {
            page.Hint($"smartcache show {EntryKey.Short(closest.Key)}", "shows the whole recipe of the closest one");
            return;
        }

        page.Hint(why.Fate == Fate.Present ? $"smartcache show {EntryKey.Short(why.Entry ?? why.Key)}" : "smartcache doctor", why.Fate == Fate.Present ? "says all of it" : "looks for faults of the place");
    }

    public static void Show(Page page, WhySourceView why)
    {
        page.Line(why.Keys.Count == 0 ? "No request for this source is on record, with whatever options and scope. Without them it would be:" : $"{Figures.Count(why.Keys.Count)} keys of this source, the one that was fetched last first");
        if (why.Plain is { } plain)
        {
            Lines(page, plain);
        }

        foreach (var key in why.Keys)
        {
            page.Line("");
            Lines(page, key.Why);
            page.Facts(
                ("  Content", key.ContentHash),
                ("  Fetched", Figures.When(key.FetchedAt)),
                ("  Scope", key.HasScope ? "with one" : "none"),
                ("  Options", key.Options.Count > 0 ? string.Join(", ", key.Options) : "none"),
                ("  Options that differ", key.DifferingOptions.Count > 0 ? string.Join(", ", key.DifferingOptions) : null));
        }

        page.Hint(
            why.Keys.Count == 0 ? "smartcache stats" : $"smartcache why {EntryKey.Short(why.Keys[0].ContentHash)} --profile NAME",
            why.Keys.Count == 0 ? "says how far the history reaches" : "answers for a profile of it");
    }

    public static void Show(Page page, WhyProfileView why)
    {
        page.Line(why.Keys.Count == 0 ? $"No profile {why.Profile} of this source is on record, as far as the history reaches." : $"{Figures.Count(why.Keys.Count)} keys of profile {why.Profile}");
        foreach (var key in why.Keys)
        {
            page.Line("");
            Lines(page, key);
        }

        page.Hint("smartcache ls profiles --filter NAME", "lists the profiles that are there");
    }

    public static void Show(Page page, WhyJobView why)
    {
        page.Line(why.Id is { } id ? $"Job {id}" : $"Job {why.Job}, which only the history knows");
        foreach (var key in why.Keys)
        {
            page.Line("");
            Lines(page, key);
        }

        foreach (var request in why.WithoutKey)
        {
            page.Line("");
            page.Line($"a request without a key{(request.Profile is { } profile ? $" ({profile})" : "")}");
            Request(page, request);
        }

        if (why.Keys.Count + why.WithoutKey.Count == 0)
        {
            page.Line("Nothing that it used or asked for is on record.");
        }

        page.Hint(why.Id is null ? "smartcache stats" : $"smartcache job {why.Job}", why.Id is null ? "says how far the history reaches" : "shows its stages, and what each cost");
    }

    private static void Lines(Page page, WhyView why)
    {
        page.Line($"{why.Layer ?? "key"} {why.Key}{(why.Profile is { } profile ? $" ({profile})" : "")}");
        page.Facts(
            ("  Entry", why.Entry),
            ("  Now", $"{why.Fate}: {why.Meaning}"),
            ("  Since", why.At is { } at ? Figures.When(at) : null),
            ("  Policy", why.Policy),
            ("  Reason", why.Reason?.ToString()),
            ("  To do", why.WhatToDo),
            ("  History from", why.Fate is Fate.Unknown or Fate.NeverStored or Fate.Gone ? why.HistoryFrom is { } from ? Figures.When(from) : "none is kept" : null));
        if (why.LookUp is { } next)
        {
            page.Facts(
                ("  Next request", next.WouldHit ? $"hit: {next.Meaning}" : $"miss, {next.Reason}: {next.Meaning}"),
                ("  To do", next.WouldHit || next.WhatToDo == why.WhatToDo ? null : next.WhatToDo));
        }

        if (why.LastRequest is { } last)
        {
            Request(page, last);
        }

        Closest(page, why.Closest);
    }

    private static void Request(Page page, WhyRequestView request) => page.Facts(
        ("  Last request", $"{Figures.When(request.Time)}: {request.Outcome}, {request.Reason}: {request.Meaning}"),
        ("  Failed with", request.Failure),
        ("  To do", request.Reason == CacheReason.None ? null : request.WhatToDo));

    private static void Closest(Page page, WhyClosestView? closest)
    {
        if (closest is null)
        {
            return;
        }

        page.Facts(("  Closest that is there", $"{closest.Key}{(closest.Profile is { } profile ? $" ({profile})" : "")}"));
        if (closest.Differences is not { } differences)
        {
            page.Line("  In what it differs is not known: no entry has the recipe of this key. The worker's log of the miss says it.");
            return;
        }

        page.Table(["  option", "asked for", "there"], differences.Select(static differs => new[] { differs.Name, differs.Wanted ?? "absent", differs.Present ?? "absent" }));
        page.Line("  To do: have the encoder describe the same work by the same options. Each option of a recipe is part of the key.");
    }
}
