import { EventSourceMessage, fetchEventSource } from '@microsoft/fetch-event-source';
fetchEventSource(url,{
    method: 'POST',
    headers,
    body: JSON.stringify(d),
    openWhenHidden:true,
    onmessage:(ev:EventSourceMessage) => {
      try {
        const res = JSON.parse(ev.data);
        console.log('【SSE】',res);
        const {ret,data,msg} = res;
        if (ret === '0') {
          if (data.ref_doc_list && data.ref_doc_list.length > 0) {
            doc_list = doc_list.concat(data.ref_doc_list)
          }
          data.ref_doc_list = doc_list;
          result += data.answer_text;
          onMessage && onMessage(result,data);
        } else {
          const error = getErrorInfo(ret,msg);
          if (result) {
            result += "\n"+error
          } else {
            result = error;
          }
        }
      } catch (error) {
        console.log('【chat-error】',error);
      }
    },
    async onopen(response) {
      console.log('SEE-open',response.status);
      if (response.status === 200) {
        return;
      }
  },
  onclose() {
    console.log('SEE-close');
      return;
  },
  onerror(err) {
    console.log('SEE-e',err);
  }
  }).then(()=>{
    console.log('最终答案',result);
    return {
      text:result,
      ref_doc_list:doc_list,
    } 
  }).catch(e=>{
    console.log('query-catch',e);
    return {
      text:result,
      ref_doc_list:doc_list,
    } 
  })

