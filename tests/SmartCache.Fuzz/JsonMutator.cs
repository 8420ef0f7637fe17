using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SmartCache.Fuzz;

/// <summary>Changes what a JSON file says and leaves it JSON: absent, null, doubled, of another type, absurdly large, absurdly deep.</summary>
internal static class JsonMutator
{
    private static readonly JsonSerializerOptions Written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 2000 };

    public static byte[] Mutate(byte[] original, FuzzRandom random)
    {
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(original);
        }
        catch (JsonException)
        {
            return ByteMutator.Mutate(original, original, random);
        }

        for (var rounds = 1 + random.Below(3); rounds > 0; rounds--)
        {
            root = Change(root, random);
        }

        var text = root?.ToJsonString(Written) ?? "null";
        return Encoding.UTF8.GetBytes(random.Chance(10) ? Double(text, random) : text);
    }

    private static JsonNode? Change(JsonNode? root, FuzzRandom random)
    {
        var places = new List<JsonNode>();
        Collect(root, places);
        if (places.Count == 0 || random.Chance(3))
        {
            return Value(random);
        }

        switch (random.Pick(places))
        {
            case JsonObject { Count: > 0 } record:
                var name = random.Pick([.. record.Select(static pair => pair.Key)]);
                switch (random.Below(5))
                {
                    case 0:
                        record.Remove(name);
                        break;
                    case 1:
                        record[HostileText.Make(random)] = record[name]?.DeepClone();
                        break;
                    default:
                        record[name] = Value(random);
                        break;
                }

                break;
            case JsonObject empty:
                empty[HostileText.Make(random)] = Value(random);
                break;
            case JsonArray { Count: > 0 } list:
                var at = random.Below(list.Count);
                switch (random.Below(4))
                {
                    case 0:
                        list.RemoveAt(at);
                        break;
                    case 1:
                        list.Add(list[at]?.DeepClone());
                        break;
                    default:
                        list[at] = Value(random);
                        break;
                }

                break;
            case JsonArray none:
                none.Add(Value(random));
                break;
            default:
                break;
        }

        return root;
    }

    private static void Collect(JsonNode? node, List<JsonNode> places)
    {
        if (node is JsonObject record)
        {
            places.Add(record);
            foreach (var (_, child) in record)
            {
                Collect(child, places);
            }
        }
        else if (node is JsonArray list)
        {
            places.Add(list);
            foreach (var child in list)
            {
                Collect(child, places);
            }
        }
    }

    private static JsonNode? Value(FuzzRandom random)
    {
        switch (random.Below(12))
        {
            case 0 or 1:
                return null;
            case 2:
                return JsonNode.Parse(random.Pick(["0", "-1", "1", "2", "1e308", "1e400", "-1e400", "9223372036854775807", "-9223372036854775808", "18446744073709551616", "0.1", "1E2", "2147483648"]));
            case 3:
                return random.Long();
            case 4:
                return random.Chance(50);
            case 5:
                return new JsonArray(null, "x", 1);
            case 6:
                return new JsonObject { ["a"] = null };
            case 7:
                return random.Pick(["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "1969-12-31T00:00:00+14:00"]);
            case 8:
                var deep = (JsonNode)new JsonArray();
                for (var i = random.Pick([10, 70, 600]); i > 0; i--)
                {
                    deep = new JsonArray(deep);
                }

                return deep;
            default:
                return HostileText.Make(random);
        }
    }

    // JsonNode has no doubled names; the text may.
    private static string Double(string text, FuzzRandom random)
    {
        var starts = text.Select(static (c, index) => c == '{' ? index + 1 : -1).Where(static index => index >= 0).ToList();
        var names = text.Split('"');
        return starts.Count == 0 || names.Length < 3
            ? text
            : text.Insert(random.Pick(starts), $"\"{names[(random.Below(names.Length / 2) * 2) + 1]}\":{Value(random)?.ToJsonString(Written) ?? "null"},");
    }
}
