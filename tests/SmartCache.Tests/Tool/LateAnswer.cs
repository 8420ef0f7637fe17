namespace SmartCache.Tests.Tool;

/// <summary>Somebody who answers when something else has happened.</summary>
internal sealed class LateAnswer(string answer, Func<Task> before) : TextReader
{
    public override string ReadLine()
    {
        before().GetAwaiter().GetResult();
        return answer;
    }
}
